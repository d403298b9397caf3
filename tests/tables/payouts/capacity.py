"""What a block of code consumes at DynamoDB, from the engine's own ConsumedCapacity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Spent:
    """Request units; failed conditions report nothing and are counted as one each."""

    def __init__(self) -> None:
        self.wru = 0.0
        self.rru = 0.0
        self.calls = 0

    def note(self, http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls += 1
        if parsed.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            self.wru += 1
            return
        used = parsed.get("ConsumedCapacity")
        for one in used if isinstance(used, list) else [used or {}]:
            if model.name in ("GetItem", "Query", "BatchGetItem"):
                self.rru += one.get("CapacityUnits", 0)
            else:
                self.wru += one.get("CapacityUnits", 0)


@contextmanager
def measured() -> Iterator[Spent]:
    """Listen to the container's DynamoDB client."""
    from chalicelib.runtime.aws import client

    spent = Spent()
    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb", spent.note)
    try:
        yield spent
    finally:
        events.unregister("after-call.dynamodb", spent.note)
