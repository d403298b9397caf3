"""Finding a share: which bucket a draw goes to, and why a repeated draw finds its first share again.

A full bucket never changes, so its image is kept: whoever comes late asks nothing of the table. What makes a
repeat safe in every order of events: a draw takes a share only in a bucket before which it has seen all its
earlier ones full without it, and those stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.pot import tables
from chalicelib.campaigns.pot.memory import MOST_IMAGES, PotMemories
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.cache import Bounded
from chalicelib.runtime.dynamo import Item, Outcome

GENERATION: Final = 1
"""The first one; what is split at the end has no other."""
WALKED_BUCKETS: Final = 16
"""Pots of so many buckets are walked; in larger ones a draw has two hashed buckets and then a pin."""
_PINS_A_CALL: Final = 8


class Place(NamedTuple):
    """The share in `slot` of `bucket`; `is_new` when this call took it."""

    bucket: int
    slot: int
    is_new: bool


class Table(Protocol):
    """The writes and reads of `pot.tables` that finding a share needs."""

    def draw_share(self, key: str, name: str, capacity: int, /) -> Outcome: ...
    def find_bucket(self, key: str, /) -> Item: ...
    def count_buckets(
        self, campaign_id: str, generation: int, buckets: Iterable[int], /, *, strong: bool
    ) -> Mapping[int, int]: ...
    def find_pin(self, campaign_id: str, generation: int, name: str, /) -> int | None: ...
    def pin(self, campaign_id: str, generation: int, name: str, old: int | None, new: int, /) -> int: ...


class Finder:
    """Finds shares, with what one container remembers.

    `count_drawn` tells how many shares of all of a campaign's generations are counted as drawn.
    """

    def __init__(self, table: Table, count_drawn: Callable[[str], int]) -> None:
        self._table = table
        self._count_drawn = count_drawn
        self._images: Bounded[str, Item] = Bounded(MOST_IMAGES)
        self._pots = PotMemories()

    def take(self, campaign: Campaign, name: str, now: Millis) -> Place | None:
        """The share of the draw `name`: the one it has, or a new one; None when the pot is empty."""
        if campaign.buckets <= WALKED_BUCKETS:
            return self._walk(campaign, name)
        first, second = (_hashed(name, salt, campaign.buckets) for salt in (1, 2))
        for bucket in {first: None, second: None}:
            place = self._try_bucket(campaign, bucket, name)
            if place:
                return place
        return self._follow_pin(campaign, name, now)

    def _walk(self, campaign: Campaign, name: str) -> Place | None:
        first = _hashed(name, 1, campaign.buckets)
        for step in range(campaign.buckets):
            place = self._try_bucket(campaign, (first + step) % campaign.buckets, name)
            if place:
                return place
        return None

    def _follow_pin(self, campaign: Campaign, name: str, now: Millis) -> Place | None:
        pinned = self._table.find_pin(campaign.campaign_id, campaign.generation, name)
        for _ in range(_PINS_A_CALL):
            place = None if pinned is None else self._try_bucket(campaign, pinned, name)
            if place:
                return place
            if self._is_drained(campaign, now):
                return None
            candidate = self._candidate(campaign, name, now)
            if candidate is None:
                break
            pinned = self._table.pin(campaign.campaign_id, campaign.generation, name, pinned, candidate)
        if self._is_drained(campaign, now):
            return None
        raise SiyuError("too_many_requests", "The pot is nearly empty. Send the same draw again.")

    def _candidate(self, campaign: Campaign, name: str, now: Millis) -> int | None:
        def count(campaign_id: str, generation: int, buckets: Iterable[int]) -> Mapping[int, int]:
            return self._table.count_buckets(campaign_id, generation, buckets, strong=False)

        return self._pots.of(campaign).candidate(campaign, _hashed(name, 3, 1 << 32), count, now)

    def _try_bucket(self, campaign: Campaign, bucket: int, name: str) -> Place | None:
        """The share in this bucket; None when it is full without the draw."""
        key = _key(campaign, bucket)
        image = self._images.get(key)
        if image is None:
            outcome = self._draw_or_read(campaign, bucket, name)
            if outcome.done:
                return Place(bucket, outcome.item[name], True)
            image = outcome.item
            if image.get("n", 0) >= campaign.capacity(bucket):
                self._images.put(key, image)
                self._pots.of(campaign).note_full(campaign, bucket)
        return Place(bucket, image[name], False) if name in image else None

    def _draw_or_read(self, campaign: Campaign, bucket: int, name: str) -> Outcome:
        """A bucket that is known to be full is read: a fifth of the price, and no write."""
        key, known = _key(campaign, bucket), self._pots.of(campaign)
        if known.is_drained or bucket in known.full:
            return Outcome(False, self._table.find_bucket(key))
        return self._table.draw_share(key, name, campaign.capacity(bucket))

    def _is_drained(self, campaign: Campaign, now: Millis) -> bool:
        """Whether every share is drawn, seen or counted; looked up once a second, and never again once it is so."""
        known = self._pots.of(campaign)
        if not known.is_drained and now >= known.counted_at + SECOND:
            known.counted_at = now
            known.is_drained = self._count_drawn(campaign.campaign_id) >= campaign.shares_offered
        return known.is_drained


def count_drawn(campaign_id: str) -> int:
    """Shares of a campaign that are counted as drawn, over all generations of its pot."""
    return sum(row.get("drawn_n", 0) for row in packet_tables.counters(campaign_id))


_finder = Finder(tables, count_drawn)


def draw(campaign: Campaign, name: str, now: Millis) -> Place | None:
    """The share of the draw `name`: the one it has, or a new one; None when the pot is empty."""
    return _finder.take(campaign, name, now)


def is_drained(campaign: Campaign) -> bool:
    """Whether every share that was offered so far is counted as drawn, looked up now."""
    return count_drawn(campaign.campaign_id) >= campaign.shares_offered


def _key(campaign: Campaign, bucket: int) -> str:
    return tables.bucket_key(campaign.campaign_id, campaign.generation, bucket)


def _hashed(name: str, salt: int, buckets: int) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, salt=bytes([salt])).digest(), "big") % buckets
