"""Makes drawn shares into packets and asks for their payouts."""

from __future__ import annotations

from chalicelib.campaigns import packets
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("campaigns-packets")
def campaigns_packets(event: Event) -> None:
    share = event.data
    packets.keep_share(
        campaign_id=share["campaign_id"],
        bucket=share["bucket"],
        index=share["index"],
        name=share["name"],
        at=event.at,
        now=clock.now(),
    )
