"""Counts what the other areas tell."""

from __future__ import annotations

from chalicelib.insights import service
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_folder("insights-fold", concurrency=10)
def insights_fold(events: list[Event]) -> None:
    """Add a batch of events to their days' numbers."""
    service.fold_all(events, clock.now())
