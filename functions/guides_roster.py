"""Keeps the lists that guides read in step with the bindings, and tells when whose a member is changed."""

from __future__ import annotations

from chalicelib.guides.rosters import handlers
from chalicelib.runtime.events import queues, routing
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("guides-roster")
def guides_roster(event: Event) -> None:
    """One claim, or profiles that came together or parted."""
    told = handlers.follow(event)
    queues.send_to_each(dict.fromkeys(routing.AFTER["binding.changed"], told))
