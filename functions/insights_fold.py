"""Counts what the other areas tell."""

from __future__ import annotations

from chalicelib.insights import service
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("insights-fold", concurrency=10)
def insights_fold(event: Event) -> None:
    """Add an event to its day's and channel's numbers."""
    service.fold(event, clock.now())
