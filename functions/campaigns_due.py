"""Pays packets whose waiting period is over."""

from __future__ import annotations

from chalicelib.campaigns import packets
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.consumers import Functions

bp = Functions(__name__)


@bp.scheduled("campaigns-due", "rate(5 minutes)")
def campaigns_due(now: Millis) -> None:
    packets.pay_due(now)
