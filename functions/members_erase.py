"""Forgets people who left."""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.privacy import erase
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("members-erase", batch_size=1)
def members_erase(event: Event) -> None:
    """Forget one person in every area."""
    erase.erase(event.data["member_id"], clock.now())
