"""The reader of the guides' stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.guides import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("guides")
def guides_stream(change: Change) -> Iterable[Event]:
    """Tell who claims whom, and whose contact began or ended."""
    return events.events_of(change)
