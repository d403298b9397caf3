"""Keeps the history of scans."""

from __future__ import annotations

from chalicelib.codes import history
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-history")
def codes_history(event: Event) -> None:
    """One scan."""
    history.keep(event)
