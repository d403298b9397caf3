"""Keeps the history of scans, and the list of batches."""

from __future__ import annotations

from chalicelib.codes import history, tables
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-history")
def codes_history(event: Event) -> None:
    """One scan, or one batch for the list of batches."""
    if event.type == "batch.minted":
        tables.list_batch(**event.data)
    else:
        history.keep(event)
