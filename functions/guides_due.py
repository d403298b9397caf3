"""Puts on duty whose hours begin, and asks what became of transfers."""

from __future__ import annotations

from chalicelib.guides.contact_ways import service as ways
from chalicelib.guides.transfers import service as transfers
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.scheduled("guides-due", "rate(5 minutes)")
def guides_due(now: Millis) -> None:
    """What the clock changes."""
    transfers.poll_due(now)
    ways.apply_due(connect.wecom(), now)
