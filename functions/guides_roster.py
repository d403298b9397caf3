"""Keeps the lists that guides read in step with the bindings."""

from __future__ import annotations

from chalicelib.guides import events
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("guides-roster")
def guides_roster(event: Event) -> None:
    """One binding."""
    events.show_in_rosters(event)
