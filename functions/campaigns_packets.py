"""Makes drawn shares into packets and asks for their payouts."""

from __future__ import annotations

from chalicelib.campaigns import packets
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


# More at once would only meet each other on the sixteen shards of the counters.
@bp.queue_consumer("campaigns-packets", concurrency=16)
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
