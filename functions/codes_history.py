"""Keeps the history of scans, and the list of batches."""

from __future__ import annotations

from chalicelib.codes.batches import handlers as batch_handlers
from chalicelib.codes.scans import handlers as scan_handlers
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-history")
def codes_history(event: Event) -> None:
    """One scan, or one batch for the list of batches."""
    if event.type == "batch.minted":
        batch_handlers.list_batch(event)
    else:
        scan_handlers.record(event)
