"""Starts scheduled pushes."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import service
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("pushes-due", "rate(1 minute)")
def pushes_due(now: Millis) -> None:
    """Start what is due and wake what stalls."""
    service.start_due(now)
