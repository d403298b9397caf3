"""What an operator sees of a campaign: the money, its pace, and the tree, in folded numbers."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.invites import queries as invite_queries
from chalicelib.campaigns.invites.queries import Chain, TopInviter
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.pot import split, split_at_end
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.kernel.money import Fen


class Money(NamedTuple):
    """funded + reoffered = drawn + remaining; of what was drawn, `paid` arrived and `released` came back.

    `reoffered`: what came back and was offered again, never more than `released`; the rest of it is the brand's.
    """

    funded_fen: Fen
    drawn_fen: Fen
    paid_fen: Fen
    released_fen: Fen
    remaining_fen: Fen
    reoffered_fen: Fen


class Pace(NamedTuple):
    """How fast the pot is drawn: per hour since the start, and when it will be empty if that goes on."""

    drawn_fen_per_hour: Fen
    empty_at: Millis | None


class Level(NamedTuple):
    """People at one depth, and how many of them did the counted act."""

    depth: int
    participants: int
    conversions: int


class Report(NamedTuple):
    """A campaign in numbers. Money as in `Money`."""

    state: str
    funded_fen: Fen
    drawn_fen: Fen
    paid_fen: Fen
    released_fen: Fen
    remaining_fen: Fen
    reoffered_fen: Fen
    pace: Pace
    levels: list[Level]
    top_inviters: list[TopInviter]
    deepest_chains: list[Chain]

    @property
    def participants(self) -> int:
        """Everybody who joined."""
        return sum(level.participants for level in self.levels)

    @property
    def by_depth(self) -> dict[int, int]:
        """Participants at each depth."""
        return {level.depth: level.participants for level in self.levels}


def report(campaign_id: str, now: Millis) -> Report:
    """A campaign in numbers; 404 when there is none."""
    campaign = repository.fresh(campaign_id, now)
    folded = _folded(campaign_id)
    told = _money(campaign, folded)
    return Report(
        rules.state_at(campaign, now),
        *told,
        pace=_pace(campaign, told, now),
        levels=_levels(folded),
        top_inviters=invite_queries.top_inviters(campaign_id),
        deepest_chains=invite_queries.deepest_chains(campaign_id),
    )


def money(campaign: Campaign) -> Money:
    """A campaign's money alone."""
    return _money(campaign, _folded(campaign.campaign_id))


def progress(campaign: Campaign) -> tuple[int, int]:
    """Participants, and shares that are drawn, as far as they are counted: what everybody may see."""
    folded = _folded(campaign.campaign_id)
    if campaign.buckets > pot_finder.WALKED_BUCKETS:
        drawn = folded["drawn_n"]
    else:
        buckets = range(campaign.buckets)
        counts = pot_tables.count_buckets(campaign.campaign_id, campaign.generation, buckets)
        drawn = campaign.shares_offered - campaign.spec.pot.shares + sum(counts.values())
    return sum(level.participants for level in _levels(folded)), drawn


def _folded(campaign_id: str) -> Counter[str]:
    folded: Counter[str] = Counter()
    for row in packet_tables.counters(campaign_id):
        folded.update({name: value for name, value in row.items() if isinstance(value, int)})
    return folded


def _money(campaign: Campaign, folded: Counter[str]) -> Money:
    funded = 0 if campaign.state == rules.DRAFT else campaign.funded_fen
    reoffered = campaign.offered_fen - campaign.funded_fen
    drawn = _drawn(campaign, folded)
    remaining = funded + reoffered - drawn
    return Money(funded, drawn, folded["paid_fen"], folded["released_fen"], remaining, reoffered)


def _pace(campaign: Campaign, told: Money, now: Millis) -> Pace:
    running = min(now, campaign.over_at) - campaign.spec.starts_at
    if running <= 0 or told.drawn_fen == 0:
        return Pace(0, None)
    per_hour = told.drawn_fen * HOUR // running
    if rules.state_at(campaign, now) != "running":
        return Pace(per_hour, None)
    return Pace(per_hour, now + told.remaining_fen * running // told.drawn_fen)


def _levels(folded: Counter[str]) -> list[Level]:
    depths = {int(name[1:]) for name in folded if name[0] in "dc" and name[1:].isdigit()}
    return [Level(depth, folded[f"d{depth}"], folded[f"c{depth}"]) for depth in sorted(depths)]


def _drawn(campaign: Campaign, folded: Counter[str]) -> Fen:
    """Small pots are summed from their buckets, which are the truth; large ones from the counts folded of them."""
    if campaign.buckets > pot_finder.WALKED_BUCKETS or split_at_end.is_split_at_end(campaign):
        return folded["drawn_fen"]
    # Earlier generations are drained to the last share.
    before = campaign.offered_fen - campaign.spec.pot.total_fen
    drawn = pot_tables.count_buckets(campaign.campaign_id, campaign.generation, range(campaign.buckets))
    return before + sum(_drawn_of_bucket(campaign, bucket, shares) for bucket, shares in drawn.items())


def _drawn_of_bucket(campaign: Campaign, bucket: int, shares: int) -> Fen:
    first = bucket * BUCKET_SHARES
    return sum(split.share(campaign.spec.pot, first + index) for index in range(shares))
