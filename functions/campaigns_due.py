"""Pays packets whose waiting period is over; ends what is given away, splits what is to be split at the end."""

from __future__ import annotations

from chalicelib.campaigns import jobs as campaign_jobs
from chalicelib.campaigns.packets import service as packets
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("campaigns-due", "rate(5 minutes)")
def campaigns_due(now: Millis) -> None:
    packets.pay_due(now)
    campaign_jobs.tend(now)
