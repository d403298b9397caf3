"""The work on an export: part after part into S3, for as long as one invocation may take, then on to the next.

Bounded in memory by one part. Parts are a function of the codes, so a part that is made twice is the same; what is
kept moves by one conditional write per part, under a lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.codes.batches import service as batches
from chalicelib.codes.batches import tables as batch_tables
from chalicelib.codes.exports import store, tables
from chalicelib.codes.exports.files import FORMATS, Format
from chalicelib.codes.exports.store import UploadMissing
from chalicelib.codes.exports.tables import LeaseLost
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.queues import Event, send
from chalicelib.runtime.observability import count, logger

QUEUE: Final = "codes-exports"
PART_BYTES: Final = 5 * 2**20
"""The least that S3 takes for a part that is not the last."""
BUDGET: Final = 60 * SECOND
"""An invocation begins no part after so long. The part under way may be 13,000 labels in a PDF, a minute of a core:
both stay below the function's 300 seconds."""
_BEAT: Final = 2 * SECOND
_AGAIN_SECONDS: Final = 30

Clock = Callable[[], Millis]


def work(export_id: str, worker: str, clock: Clock, *, budget: Millis = BUDGET, part_bytes: int = PART_BYTES) -> None:
    """Work on an export as long as `budget` allows, and put what is left on the queue. `worker`: a name of its own."""
    outcome = tables.lease(export_id, worker, clock())
    if not outcome.done:
        if outcome.item.get("state") == "running":
            # Another worker is at it, or died a moment ago: look again.
            _send_on(export_id, clock(), delay_seconds=_AGAIN_SECONDS)
        return
    try:
        finished = _work(outcome.item, clock, clock() + budget, part_bytes)
    except LeaseLost:
        logger().info("Another worker has taken over an export", export_id=export_id)
        return
    except UploadMissing:
        logger().warning("An export was left alone for too long", export_id=export_id)
        count("ExportFailed")
        tables.end(outcome.item, "failed", clock())
        return
    except BaseException:
        tables.let_go(outcome.item)
        raise
    if not finished:
        tables.let_go(outcome.item)
        _send_on(export_id, clock())


def _work(row: Item, clock: Clock, until: Millis, part_bytes: int) -> bool:
    batch = batch_tables.get_header(row["number"])
    if batch is None:
        raise RuntimeError("the batch of an export is gone")
    if "upload_id" not in row:
        row = tables.begin(row, store.open_upload(row))
    while row["kept_codes"] < _total(row):
        if clock() >= until:
            return False
        row = _one_part(row, batch, clock, part_bytes)
    store.complete(row)
    tables.end(row, "done", clock())
    count("Exports", kind=row["kind"])
    return True


def _one_part(row: Item, batch: Item, clock: Clock, part_bytes: int) -> Item:
    """Make, upload and keep the next part; the last one has the file's end."""
    writer = FORMATS[row["kind"]]()
    data = bytearray(writer.head() if row["parts"] == 0 else b"")
    size = row["kept_bytes"]
    index, codes = bytearray(), row["kept_codes"]
    for piece in writer.pieces(_lines(row, batch), size + len(data), codes):
        data += piece.data
        index += piece.entry
        codes += piece.codes
        if len(data) >= part_bytes:
            break
        row = _beat(row, codes, clock)
    if codes == _total(row):
        data += _tail(writer, row, bytes(index), size + len(data), codes)
    elif writer.indexed:
        store.put_index(row, bytes(index))
    store.upload(row, bytes(data))
    return tables.advance(row, codes, size + len(data), clock())


def _tail(writer: Format, row: Item, index: bytes, size: int, codes: int) -> bytes:
    before = b"".join(store.indexes(row)) if writer.indexed else b""
    return writer.tail(before + index, size, codes)


def _lines(row: Item, batch: Item) -> Iterator[batches.Line]:
    start = row["first"] + row["kept_codes"]
    return batches.codes_page(batch, start, row["last"] + 1 - start)


def _total(row: Item) -> int:
    return int(row["last"] - row["first"] + 1)


def _beat(row: Item, codes: int, clock: Clock) -> Item:
    now = clock()
    if now + tables.LEASE - row["lease_until"] < _BEAT:
        return row
    return tables.beat(row, codes, now)


def _send_on(export_id: str, now: Millis, *, delay_seconds: int = 0) -> None:
    event = Event(f"export.continued:{export_id}:{now}", "export.continued", now, {"export_id": export_id})
    send(QUEUE, [event], delay_seconds=delay_seconds)
