"""Finds what notifications and queues missed."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.payouts import reconciling
from chalicelib.runtime.consumers import Functions
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.scheduled("payouts-reconcile", "rate(5 minutes)")
def payouts_reconcile(now: Millis) -> None:
    reconciling.reconcile(connect.pay(), now)
