"""The campaigns' stream: who joined, which shares were drawn, which packets were kept."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.campaigns import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("campaigns")
def campaigns_stream(change: Change) -> Iterable[Event]:
    return events.events_of(change)
