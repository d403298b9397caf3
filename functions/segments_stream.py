"""The reader of the segments' stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.segments import events

bp = Functions(__name__)


@bp.stream_consumer("segments")
def segments_stream(change: Change) -> Iterable[Event]:
    """Tell that a count of a segment was asked for."""
    return events.events_of(change)
