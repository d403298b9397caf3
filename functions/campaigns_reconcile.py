"""Carries on shares that got stuck between bucket, packet, payout and count, a block of buckets at a time."""

from __future__ import annotations

from chalicelib.campaigns.packets import reconcile
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("campaigns-reconcile", batch_size=1, concurrency=4)
def campaigns_reconcile(event: Event) -> None:
    asked = event.data
    reconcile.reconcile(asked["campaign_id"], asked["generation"], asked["block"], clock.now())
