"""Counts joinings by level and tells each one to the direct inviter."""

from __future__ import annotations

from chalicelib.campaigns.invites import service as invites
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


# More at once would only meet each other on the sixteen shards of the counters.
@bp.queue_consumer("campaigns-tree", concurrency=16)
def campaigns_tree(event: Event) -> None:
    joined = event.data
    invites.count_participant(
        campaign_id=joined["campaign_id"], participant_id=joined["participant_id"], now=clock.now()
    )
