"""Tells others what happened to codes."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.codes import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("codes")
def codes_stream(change: Change) -> Iterable[Event]:
    """Changes of the codes table as events."""
    return events.events_of(change)
