"""Writes what other areas tell into the members' timelines."""

from __future__ import annotations

from chalicelib.members.timeline import handlers as timeline_handlers
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("members-timeline")
def members_timeline(event: Event) -> None:
    """One order, refund, campaign or packet."""
    timeline_handlers.handle(event)
