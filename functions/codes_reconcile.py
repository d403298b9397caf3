"""Finds claimed prizes whose payout nobody was asked for."""

from __future__ import annotations

from chalicelib.codes.prizes import payments
from chalicelib.kernel.clock import Millis
from chalicelib.payouts import service as payouts
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("codes-reconcile", "rate(5 minutes)")
def codes_reconcile(now: Millis) -> None:
    payments.reconcile(payouts.request, now)
