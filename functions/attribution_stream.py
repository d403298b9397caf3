"""The reader of attribution's stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.attribution import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("attribution")
def attribution_stream(change: Change) -> Iterable[Event]:
    """Tell which orders came, which were frozen and what was refunded."""
    return events.events_of(change)
