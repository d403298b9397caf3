"""Makes drawn shares, and the parts of a pot that was split at its end, into packets and asks for their payouts."""

from __future__ import annotations

from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.pot import split_at_end
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


# More at once would only meet each other on the sixteen shards of the counters.
@bp.queue_consumer("campaigns-packets", concurrency=16)
def campaigns_packets(event: Event) -> None:
    share = event.data
    if event.type == split_at_end.SPLIT:
        packets.save_split(
            campaign_id=share["campaign_id"],
            bucket=share["bucket"],
            first=share["first"],
            people=share["people"],
            at=event.at,
            now=clock.now(),
        )
        return
    packets.save_share(
        campaign_id=share["campaign_id"],
        generation=share["generation"],
        bucket=share["bucket"],
        index=share["index"],
        name=share["name"],
        at=event.at,
        now=clock.now(),
    )
