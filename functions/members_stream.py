"""The reader of the members' stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.members import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("members")
def members_stream(change: Change) -> Iterable[Event]:
    """Tell who joined, whose profile changed and who left."""
    return events.events_of(change)
