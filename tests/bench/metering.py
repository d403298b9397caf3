"""What a piece of code asks of AWS, from DynamoDB's own ConsumedCapacity.

A failed condition is charged and reports nothing: it is counted by hand, by the size of the item it met. So is a
batch of reads, of which ministack reports nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from typing import Any

SERVICES = ("dynamodb", "sqs", "secretsmanager")
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
KB = 1024


class Spent:
    """Request units and calls of one measured piece.

    `largest`: the most one call wrote, which is what an item costs. `wru_of`, `rru_of`: by the kind of row, which
    is what stands before the first # of its pk.
    """

    def __init__(self) -> None:
        self.wru = 0.0
        self.rru = 0.0
        self.calls = 0
        self.largest = 0.0
        self.wru_of: dict[str, float] = defaultdict(float)
        self.rru_of: dict[str, float] = defaultdict(float)

    def called(self, **_: Any) -> None:
        """An AWS call of any service is about to be made."""
        self.calls += 1

    def answered(self, model: Any, parsed: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> None:
        """DynamoDB has answered."""
        units = units_of(model.name, parsed, context["bench_items"]) or units_of_batch(parsed, context["bench_reads"])
        if model.name in READS:
            self.rru += units
            self.rru_of[context["bench_kind"]] += units
        else:
            self.wru += units
            self.wru_of[context["bench_kind"]] += units
            self.largest = max(self.largest, units)


def units_of(operation: str, parsed: Mapping[str, Any], items: int) -> float:
    """Request units of one answer; `items` is the number of items in a transaction's request."""
    match parsed.get("Error", {}).get("Code"):
        case "ConditionalCheckFailedException":
            return max(1, ceil(size_of(parsed.get("Item", {})) / KB))
        case "TransactionCanceledException":
            return 2 * items
    used = parsed.get("ConsumedCapacity") or []
    return sum(float(one["CapacityUnits"]) for one in (used if isinstance(used, list) else [used]))


def units_of_batch(parsed: Mapping[str, Any], unit_of: Mapping[str, tuple[int, float]]) -> float:
    """Request units of a batch of reads; `unit_of`: table → how many keys, and the unit that 4 KB of one costs."""
    found = parsed.get("Responses", {})
    undone = parsed.get("UnprocessedKeys", {})
    units = 0.0
    for table, (keys, unit) in unit_of.items():
        blocks = [ceil(size_of(item) / (4 * KB)) for item in found.get(table, [])]
        nothing = keys - len(blocks) - len(undone.get(table, {}).get("Keys", []))
        units += (sum(blocks) + nothing) * unit
    return units


def size_of(value: Any) -> int:
    """About how many bytes DynamoDB counts for an item in wire shape."""
    if isinstance(value, Mapping):
        return sum(_name_size(name) + size_of(part) for name, part in value.items())
    if isinstance(value, list | tuple | set):
        return sum(size_of(part) + 1 for part in value)
    return len(value if isinstance(value, bytes) else str(value).encode())


def _name_size(name: str) -> int:
    is_type = name in {"S", "N", "B", "M", "L", "SS", "NS", "BS", "BOOL", "NULL"}
    return 0 if is_type else len(name.encode())


def kind_of(params: Mapping[str, Any]) -> str:
    """`CAP` for a call on the row `CAP#mbr_…`; empty for a call on several rows."""
    values = params.get("ExpressionAttributeValues", {})
    found = params.get("Key", {}).get("pk") or params.get("Item", {}).get("pk") or values.get(":pk") or {"S": ""}
    return str(found["S"]).partition("#")[0]


@contextmanager
def metered() -> Iterator[Spent]:
    """Listen to the container's AWS clients."""
    from chalicelib.runtime.aws import client

    spent = Spent()
    with (
        listening(client("dynamodb"), "provide-client-params.dynamodb", _ask_for_capacity),
        listening(client("dynamodb"), "after-call.dynamodb", spent.answered),
        listening(client("dynamodb"), "before-call", spent.called),
        listening(client("sqs"), "before-call", spent.called),
        listening(client("secretsmanager"), "before-call", spent.called),
    ):
        yield spent


@contextmanager
def listening(client: Any, event: str, handler: Any) -> Iterator[None]:
    """Call `handler` at each of the client's events of this name."""
    client.meta.events.register(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)


def _ask_for_capacity(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any]:
    context["bench_items"] = len(params.get("TransactItems", ()))
    batch = params.get("RequestItems", {})
    reads = {table: asked for table, asked in batch.items() if isinstance(asked, dict)}
    context["bench_reads"] = {
        table: (len(asked["Keys"]), 1 if asked.get("ConsistentRead") else 0.5) for table, asked in reads.items()
    }
    context["bench_kind"] = kind_of(params)
    return params if "ReturnConsumedCapacity" in params else {**params, "ReturnConsumedCapacity": "TOTAL"}
