"""Counts joinings by level and tells each one to the direct inviter."""

from __future__ import annotations

from chalicelib.campaigns import tree
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


# More at once would only meet each other on the sixteen shards of the counters.
@bp.queue_consumer("campaigns-tree", concurrency=16)
def campaigns_tree(event: Event) -> None:
    joined = event.data
    tree.grow(campaign_id=joined["campaign_id"], participant_id=joined["participant_id"], now=clock.now())
