"""The writes and reads of batches."""

from __future__ import annotations

from chalicelib.codes.format.code import BATCH_LETTERS, batch_number
from chalicelib.codes.models import Batch, Entry
from chalicelib.kernel import crockford
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item

_ATTEMPTS = 16


def batch_pk(number: int) -> str:
    """`B#` + the number as it stands in the codes."""
    return f"B#{crockford.encode_int(number, BATCH_LETTERS)}"


def create_batch(batch_id: str, fields: Item) -> Item:
    """Write a batch under the first free one of the numbers it may ask for: 1 WRU, no counter.

    Two batches that ask for one number at once: the first writer has it, the other asks for its next number. A
    repeated request meets its own row.
    """
    for attempt in range(_ATTEMPTS):
        number = batch_number(batch_id, attempt)
        item = {"pk": batch_pk(number), "sk": "H", "batch_id": batch_id, "number": number, **fields}
        outcome = dynamo.put_once(Batch, item)
        if outcome.done:
            return item
        if outcome.item["batch_id"] == batch_id:
            return outcome.item
    raise RuntimeError("no free batch number")


def list_batch(batch_id: str, number: int, created_at: Millis) -> None:
    """Enter a batch in the list of batches; a repeat finds it there."""
    dynamo.put_once(Entry, {"pk": "BATCHES", "sk": f"{created_at:013d}#{batch_id}", "number": number})


def batches_page(limit: int, cursor: str | None) -> dynamo.Page:
    """Headers of batches, the latest first."""
    rows, following = dynamo.page(Entry, "BATCHES", limit=limit, cursor=cursor, forward=False)
    keys = [(batch_pk(row["number"]), "H") for row in rows]
    found = dynamo.batch_get(Batch, keys)
    return [found[key] for key in keys], following


def find_batch(batch_id: str) -> Item | None:
    """The batch with this id. Rows are never deleted, so the first free number ends the search."""
    for attempt in range(_ATTEMPTS):
        found = get_header(batch_number(batch_id, attempt))
        if found is None or found["batch_id"] == batch_id:
            return found
    return None


def get_header(number: int, *, strong: bool = False) -> Item | None:
    """The header of the batch with this number."""
    return dynamo.get(Batch, batch_pk(number), "H", strong=strong)


def announce_parts(number: int) -> Item:
    """Say in the header that chunks exist: before they are written, so that none is ever overlooked."""
    return dynamo.update(
        Batch, batch_pk(number), "H", "SET parts = :yes", values={":yes": True}, returns="ALL_NEW"
    ).item
