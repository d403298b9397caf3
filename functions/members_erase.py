"""Forgets people who left."""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.members import erasing
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("members-erase", batch_size=1)
def members_erase(event: Event) -> None:
    """One sweep over every area."""
    erasing.sweep(event.data["member_id"], clock.now())
