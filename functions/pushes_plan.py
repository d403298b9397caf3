"""Freezes the audience of a push that begins."""

from __future__ import annotations

import msgspec

from chalicelib.kernel import clock
from chalicelib.pushes import service
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("pushes-plan", batch_size=1)
def pushes_plan(event: Event) -> None:
    """Make pages of the audience; a long plan is handed on to a next event."""
    push_id, now = event.data["push_id"], clock.now()
    if event.data.get("resumed"):
        service.kick(push_id, now)
    if not service.plan(push_id, now):
        queues.send("pushes-plan", [msgspec.structs.replace(event, data={"push_id": push_id})])
