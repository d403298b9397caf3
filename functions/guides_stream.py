"""The reader of the guides' stream."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.guides import events
from chalicelib.runtime.events.functions import Change, Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.stream_consumer(
    "guides",
    routes={
        "binding.changed": ("guides-roster", "segments-directory", "insights-fold"),
        "contact.changed": ("campaigns-acts",),
    },
)
def guides_stream(change: Change) -> Iterable[Event]:
    """Tell who became whose, and whose contact began or ended."""
    return events.events_of(change)
