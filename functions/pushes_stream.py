"""The reader of the pushes' stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.pushes import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("pushes")
def pushes_stream(change: Change) -> Iterable[Event]:
    """Tell which push begins and which page is there to be sent."""
    return events.events_of(change)
