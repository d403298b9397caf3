"""Finds what notifications and queues missed."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.payouts import jobs as payout_jobs
from chalicelib.runtime.events.functions import Functions
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.scheduled("payouts-reconcile", "rate(5 minutes)")
def payouts_reconcile(now: Millis) -> None:
    payout_jobs.reconcile(connect.pay(), now)
