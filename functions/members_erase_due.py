"""Looks again at people who left, when nothing of theirs can be in flight any more."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.privacy import erase
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("members-erase-due", "rate(5 minutes)")
def members_erase_due(now: Millis) -> None:
    """Hand out the erasures that are due."""
    erase.hand_out(now)
