"""Keeps the lists that guides read in step with the bindings."""

from __future__ import annotations

from chalicelib.guides import events
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("guides-roster")
def guides_roster(event: Event) -> None:
    """One binding."""
    events.show_in_rosters(event)
