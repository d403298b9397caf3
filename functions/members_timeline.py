"""Writes what other areas tell into the members' timelines."""

from __future__ import annotations

from chalicelib.members import moments
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("members-timeline")
def members_timeline(event: Event) -> None:
    """One order, refund, campaign or packet."""
    moments.take(event)
