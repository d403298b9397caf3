"""What an operator sees of a campaign: the money and the tree, in folded numbers."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from chalicelib.campaigns import current, pot, rules, split, tables_packets, tables_pot
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.money import Fen


class Report(NamedTuple):
    """Money: funded = drawn + remaining; of what was drawn, `paid` arrived and `released` came back."""

    state: str
    funded_fen: Fen
    drawn_fen: Fen
    paid_fen: Fen
    released_fen: Fen
    remaining_fen: Fen
    participants: int
    by_depth: dict[int, int]


def report(campaign_id: str, now: Millis) -> Report:
    """A campaign in numbers; 404 when there is none."""
    campaign = current.fresh(campaign_id, now)
    folded: Counter[str] = Counter()
    for row in tables_packets.counters(campaign_id):
        folded.update({name: value for name, value in row.items() if isinstance(value, int)})
    by_depth = {int(name[1:]): people for name, people in folded.items() if name[1:].isdigit()}
    funded = 0 if campaign.state == rules.DRAFT else campaign.spec.pot.total_fen
    drawn = _drawn(campaign, folded)
    return Report(
        state=rules.shown_state(campaign, now),
        funded_fen=funded,
        drawn_fen=drawn,
        paid_fen=folded["paid_fen"],
        released_fen=folded["released_fen"],
        remaining_fen=funded - drawn,
        participants=sum(by_depth.values()),
        by_depth=dict(sorted(by_depth.items())),
    )


def _drawn(campaign: Campaign, folded: Counter[str]) -> Fen:
    """Small pots are summed from their buckets, which are the truth; large ones from the counts folded of them."""
    if campaign.buckets > pot.WALKED_BUCKETS:
        return folded["drawn_fen"]
    return sum(_drawn_of_bucket(campaign, bucket) for bucket in range(campaign.buckets))


def _drawn_of_bucket(campaign: Campaign, bucket: int) -> Fen:
    image = tables_pot.find_bucket(tables_pot.bucket_key(campaign.campaign_id, pot.GENERATION, bucket))
    first = bucket * BUCKET_SHARES
    return sum(split.share(campaign.spec.pot, first + index) for index in range(image.get("n", 0)))
