"""Keeps the history of scans, and the list of batches."""

from __future__ import annotations

from chalicelib.codes.batches import tables as batch_tables
from chalicelib.codes.scans import handlers as scan_handlers
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-history")
def codes_history(event: Event) -> None:
    """One scan, or one batch for the list of batches."""
    if event.type == "batch.minted":
        batch_tables.list_batch(**event.data)
    else:
        scan_handlers.keep(event)
