"""Asks every hour for a sweep of the campaigns whose money is under way."""

from __future__ import annotations

from chalicelib.campaigns import sweeping
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.consumers import Functions

bp = Functions(__name__)


@bp.scheduled("campaigns-sweep-plan", "rate(1 hour)")
def campaigns_sweep_plan(now: Millis) -> None:
    sweeping.plan(now)
