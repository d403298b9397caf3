"""Pots that are split at their end (瓜分): whoever draws takes part, how much it is follows when all are known."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.pot import finder, split, tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import MINUTE, SECOND, Millis
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count
from chalicelib.runtime.settings import settings

QUEUE: Final = "campaigns-packets"
SPLIT: Final = "pot.split"
_CLOCK_SKEW: Final = MINUTE


def is_split_at_end(campaign: Campaign) -> bool:
    """Whether nobody's share is known before the end."""
    return campaign.spec.pot.split == "equal_at_end"


def split_when_over(campaign: Campaign, now: Millis) -> bool:
    """Split a pot whose campaign is over, and have each bucket's packets made; False when it is not time, or is done.

    Nobody draws any more: containers know the end from the clock, and of an early one within the cache time.
    """
    if not is_split_at_end(campaign) or now < campaign.over_at + settings().cache_seconds * SECOND + _CLOCK_SKEW:
        return False
    known = tables.find_split(campaign.campaign_id)
    if known is not None and "done" in known:
        return False
    drawn = _drawn(campaign)
    people = tables.save_split(campaign.campaign_id, sum(drawn.values()), now)["n"]
    # A crash in between sends some buckets twice: their packets are kept once.
    queues.send(QUEUE, _events(campaign, drawn, people, now))
    tables.mark_split_done(campaign.campaign_id)
    count("PotSplit")
    return True


def share_of(campaign: Campaign, place: int, people: int) -> int:
    """The part of the person at `place` among all."""
    return split.at_end(campaign.spec.pot, people, place)


def names_in(campaign_id: str, bucket: int) -> list[tuple[int, str]]:
    """The slots of a bucket and who drew them, in order."""
    image = tables.find_bucket(tables.bucket_key(campaign_id, finder.GENERATION, bucket))
    return sorted((slot, name) for name, slot in image.items() if len(name) == participant_names.NAME_IN_POT)


def _drawn(campaign: Campaign) -> dict[int, int]:
    """Shares drawn of each bucket that was drawn from."""
    return tables.count_buckets(campaign.campaign_id, finder.GENERATION, range(campaign.buckets))


def _events(campaign: Campaign, drawn: dict[int, int], people: int, now: Millis) -> list[Event]:
    events, first = [], 0
    for bucket in sorted(drawn):
        data = {"campaign_id": campaign.campaign_id, "bucket": bucket, "first": first, "people": people}
        events.append(Event(f"split:{campaign.campaign_id}:{bucket}", SPLIT, now, data))
        first += drawn[bucket]
    return events
