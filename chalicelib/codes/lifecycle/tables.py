"""Changes in the life of batches and ranges: each one dated and attributed in the very write that makes it.

An operation is kept twice: in the batch's log, and where the story of one code looks, with the chunks it touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.codes.batches.tables import batch_pk, get_header
from chalicelib.codes.format.code import BATCH_LETTERS
from chalicelib.codes.format.ranges import Span, chunk_of, overlay
from chalicelib.codes.models import Batch, Chunk, Operation
from chalicelib.kernel import crockford
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page, Write, transaction


def get_chunk(number: int, chunk: int, *, strong: bool = False) -> Item | None:
    """The spans of a chunk."""
    return dynamo.get(Chunk, chunk_pk(number, chunk), "RNG", strong=strong)


def spans(chunk: Item | None, field: str) -> list[Span]:
    """`ships` or `states` of a chunk's row."""
    return [Span(*stored) for stored in (chunk or {}).get(field, [])]


def chunk_pk(number: int, chunk: int | str) -> str:
    """Of a chunk's spans, and of the operations that concern its codes."""
    return f"RNG#{crockford.encode_int(number, BATCH_LETTERS)}#{chunk}"


_ATTEMPTS: Final = 16


_WHOLE: Final = "all"
"""Stands for a chunk in the key of what concerns every code of a batch."""


_MOST_OPERATIONS: Final = 500


def operation(kind: str, by: str, at: Millis, first: int, last: int, **facts: Any) -> Item:
    """What an operator did to the codes from `first` to `last`. `sk` sorts by time."""
    facts = {name: fact for name, fact in facts.items() if fact is not None}
    sk = f"OP#{at:013d}#{kind}#{first}-{last}"
    return {"sk": sk, "kind": kind, "by": by, "at": at, "first": first, "last": last, **facts}


def activate(number: int, done: Item) -> Item:
    """Inactive → active; the header as it then stands. Against a void at the same instant: void wins."""
    expression = "SET state_before = #state, #state = :active, state_at = :now"
    values = {":active": "active", ":inactive": "inactive", ":now": done["at"]}
    return _change_whole(number, done, expression, "#state = :inactive", values)


def void(number: int, effective_at: Millis, done: Item) -> Item:
    """Anything → void, once: a repeat keeps the first moment. The header as it then stands."""
    expression = "SET state_before = #state, #state = :void, state_at = :at"
    values = {":void": "void", ":at": effective_at}
    return _change_whole(number, done, expression, "attribute_exists(pk) AND #state <> :void", values)


def ship_whole(number: int, channel_id: str, done: Item) -> Item:
    """The whole batch goes to a channel, whatever its size. Of two at once the later one holds."""
    expression = "SET whole_channel = :channel, whole_at = :now"
    values = {":channel": channel_id, ":now": done["at"]}
    return _change_whole(number, done, expression, "attribute_exists(pk)", values)


def log(number: int, done: Item) -> None:
    """Keep an operation in the batch's log; a repeat finds it there."""
    dynamo.put_once(Operation, {"pk": batch_pk(number), **done})


def log_of(number: int, limit: int, cursor: str | None) -> Page:
    """What was done to a batch and its ranges, the latest first."""
    return dynamo.page(Operation, batch_pk(number), prefix="OP#", limit=limit, cursor=cursor, forward=False)


def operations_on(number: int, sequence: int) -> list[Item]:
    """What was done to one code, by batch, box or range; the earliest first."""
    touched = (*_operations(number, _WHOLE), *_operations(number, chunk_of(sequence)))
    return sorted((row for row in touched if row["first"] <= sequence <= row["last"]), key=lambda row: row["sk"])


def lay_over(number: int, chunk: int, field: str, new: Span, done: Item) -> None:
    """Put a span over what a chunk's `field` holds, and keep the operation beside it.

    Void is for ever: an activation goes around void spans, and voiding again keeps the first moment. Of a void and
    an activation at once the one that comes second finds another version, and decides on what it then reads.

    Read, lay over, write if nobody wrote in between; else again. A write of ours whose answer was lost looks like
    somebody else's and is laid over once more, which changes nothing.
    """
    for _ in range(_ATTEMPTS):
        found = get_chunk(number, chunk, strong=True) or {"version": 0}
        fields = {name: spans(found, name) for name in ("ships", "states")}
        fields[field] = overlay(fields[field], new, final="void" if field == "states" else None)
        write = _chunk_write(number, chunk, found["version"], fields)
        if dynamo.transact([write, _put(chunk_pk(number, chunk), done)]):
            return
    raise SiyuError("conflict", "The same range is being changed at this moment. Try again.")


def _change_whole(number: int, done: Item, expression: str, condition: str, values: Item) -> Item:
    names = {"#state": "state"} if "#state" in expression else {}
    update = transaction.update(
        Batch, batch_pk(number), "H", expression, condition=condition, names=names, values=values
    )
    dynamo.transact([update, _put(batch_pk(number), done), _put(chunk_pk(number, _WHOLE), done)])
    header = get_header(number, strong=True)
    assert header is not None
    return header


def _chunk_write(number: int, chunk: int, version: int, fields: Mapping[str, list[Span]]) -> Write:
    values = {":ships": fields["ships"], ":states": fields["states"], ":next": version + 1}
    condition = "attribute_not_exists(pk)"
    if version:
        condition, values[":seen"] = "version = :seen", version
    expression = "SET ships = :ships, states = :states, version = :next"
    return transaction.update(Chunk, chunk_pk(number, chunk), "RNG", expression, condition=condition, values=values)


def _operations(number: int, chunk: int | str) -> list[Item]:
    # The latest ones: nobody reads a story of more than five hundred changes of one range.
    return dynamo.first(Operation, chunk_pk(number, chunk), _MOST_OPERATIONS, prefix="OP#", forward=False)


def _put(pk: str, done: Item) -> Write:
    return transaction.put(Operation, {"pk": pk, **done})
