"""Asks every hour the reconciler to look at the campaigns whose money is under way."""

from __future__ import annotations

from chalicelib.campaigns.packets import reconcile
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("campaigns-reconcile-plan", "rate(1 hour)")
def campaigns_reconcile_plan(now: Millis) -> None:
    reconcile.plan(now)
