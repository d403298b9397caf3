"""Keeps the directory of members in step with members and guides."""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.segments import service

bp = Functions(__name__)


@bp.queue_consumer("segments-directory")
def segments_directory(event: Event) -> None:
    """A member joined, changed or got another guide: look up what is true of them now."""
    service.refresh(event.data["member_id"], clock.now())
