"""Counts segments in the background."""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.segments import service

bp = Functions(__name__)


@bp.queue_consumer("segments-build", batch_size=1)
def segments_build(event: Event) -> None:
    """Go on with a count; a long one is handed on to a next event."""
    if not service.count_members(event.data["segment_id"], event.data["number"], clock.now()):
        queues.send("segments-build", [event])
