"""The payouts' stream: what must be sent, what has ended."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.payouts import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer("payouts")
def payouts_stream(change: Change) -> Iterable[Event]:
    return events.events_of(change)
