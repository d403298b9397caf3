"""Marks packets paid or released when their payout has ended. Payouts of other sources are none of its business."""

from __future__ import annotations

from chalicelib.campaigns.packets import service as packets
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("campaigns-settled")
def campaigns_settled(event: Event) -> None:
    ended = event.data
    if ended["source"] != packets.SOURCE:
        return
    packets.complete(
        member_id=ended["member_id"],
        payout_id=ended["payout_id"],
        attempt=ended["attempt"],
        packet_id=ended["source_id"],
        is_paid=ended["state"] == "SUCCESS",
    )
