"""Finding a share: which bucket a draw goes to, and why a repeated draw finds its first share again.

A full bucket never changes, so its image is kept: whoever comes late asks nothing of the table. What makes a
repeat safe in every order of events: a draw takes a share only in a bucket before which it has seen all its
earlier ones full without it, and those stay as they are.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from chalicelib.campaigns import tables_packets, tables_pot
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.dynamo import Item, Outcome

GENERATION: Final = 1
"""The first one; what is split at the end has no other."""
WALKED_BUCKETS: Final = 16
"""Pots of so many buckets are walked; in larger ones a draw has two hashed buckets and then a pin."""
_PINS_A_CALL: Final = 24
_MOST_IMAGES: Final = 2_000


class Place(NamedTuple):
    """The share in `slot` of `bucket`; `is_new` when this call took it."""

    bucket: int
    slot: int
    is_new: bool


class Table(Protocol):
    """The writes and reads of `tables_pot` that finding a share needs."""

    def draw_share(self, key: str, name: str, capacity: int, /) -> Outcome: ...
    def find_bucket(self, key: str, /) -> Item: ...
    def find_pin(self, campaign_id: str, generation: int, name: str, /) -> int | None: ...
    def pin(self, campaign_id: str, generation: int, name: str, old: int | None, new: int, /) -> int: ...


class FullBuckets:
    """Images of full buckets, the most recently used ones."""

    def __init__(self, most: int = _MOST_IMAGES) -> None:
        self._most = most
        self._images: OrderedDict[str, Item] = OrderedDict()

    def get(self, key: str) -> Item | None:
        """The image of a bucket that is known to be full."""
        if key in self._images:
            self._images.move_to_end(key)
        return self._images.get(key)

    def keep(self, key: str, image: Item) -> None:
        """Remember a full bucket."""
        self._images[key] = image
        if len(self._images) > self._most:
            self._images.popitem(last=False)


class Finder:
    """Finds shares, with what one container knows: images of full buckets, and which pots are drained.

    `count_drawn` tells how many shares of all of a campaign's generations are counted as drawn.
    """

    def __init__(self, table: Table, count_drawn: Callable[[str], int]) -> None:
        self._table = table
        self._count_drawn = count_drawn
        self._full = FullBuckets()
        self._drained: dict[str, tuple[Millis, bool]] = {}

    def take(self, campaign: Campaign, name: str, now: Millis) -> Place | None:
        """The share of the draw `name`: the one it has, or a new one; None when the pot is empty."""
        if campaign.buckets <= WALKED_BUCKETS:
            return self._walk(campaign, name)
        first, second = (_hashed(name, salt, campaign.buckets) for salt in (1, 2))
        for bucket in {first: None, second: None}:
            place = self._try_bucket(campaign, bucket, name)
            if place:
                return place
        return self._follow_pin(campaign, name, second, now)

    def is_drained(self, campaign: Campaign, now: Millis) -> bool:
        """Whether every share is counted as drawn; looked up once a second, and never again once it is so."""
        key = f"{campaign.campaign_id}#{campaign.generation}"
        until, drained = self._drained.get(key, (0, False))
        if not drained and now >= until:
            drained = self._count_drawn(campaign.campaign_id) >= campaign.shares_offered
            self._drained[key] = (now + SECOND, drained)
        return drained

    def _walk(self, campaign: Campaign, name: str) -> Place | None:
        first = _hashed(name, 1, campaign.buckets)
        for step in range(campaign.buckets):
            place = self._try_bucket(campaign, (first + step) % campaign.buckets, name)
            if place:
                return place
        return None

    def _follow_pin(self, campaign: Campaign, name: str, second: int, now: Millis) -> Place | None:
        pinned = self._table.find_pin(campaign.campaign_id, campaign.generation, name)
        if pinned is None and self.is_drained(campaign, now):
            return None
        if pinned is None:
            pinned = self._pin(campaign, name, None, self._after(campaign, second))
        for _ in range(_PINS_A_CALL):
            place = self._try_bucket(campaign, pinned, name)
            if place:
                return place
            if self.is_drained(campaign, now):
                return None
            pinned = self._pin(campaign, name, pinned, self._after(campaign, pinned))
        raise SiyuError(
            "too_many_requests", "The pot is nearly empty and the search goes on: send the same draw again."
        )

    def _pin(self, campaign: Campaign, name: str, old: int | None, new: int) -> int:
        return self._table.pin(campaign.campaign_id, campaign.generation, name, old, new)

    def _after(self, campaign: Campaign, bucket: int) -> int:
        """The next bucket that is not known to be full, round and round."""
        for step in range(1, campaign.buckets):
            candidate = (bucket + step) % campaign.buckets
            if self._full.get(_key(campaign, candidate)) is None:
                return candidate
        return (bucket + 1) % campaign.buckets

    def _try_bucket(self, campaign: Campaign, bucket: int, name: str) -> Place | None:
        """The share in this bucket; None when it is full without the draw."""
        key = _key(campaign, bucket)
        image = self._full.get(key)
        if image is None:
            outcome = self._draw_or_read(campaign, key, bucket, name)
            if outcome.done:
                return Place(bucket, outcome.item[name], True)
            image = outcome.item
            if image.get("n", 0) >= campaign.capacity(bucket):
                self._full.keep(key, image)
        return Place(bucket, image[name], False) if name in image else None

    def _draw_or_read(self, campaign: Campaign, key: str, bucket: int, name: str) -> Outcome:
        """Late-comers of a pot that is known to be drained read, which is a fifth of the price and no write."""
        if self._drained.get(f"{campaign.campaign_id}#{campaign.generation}", (0, False))[1]:
            return Outcome(False, self._table.find_bucket(key))
        return self._table.draw_share(key, name, campaign.capacity(bucket))


def count_drawn(campaign_id: str) -> int:
    """Shares of a campaign that are counted as drawn, over all generations of its pot."""
    return sum(row.get("drawn_n", 0) for row in tables_packets.counters(campaign_id))


_finder = Finder(tables_pot, count_drawn)


def take(campaign: Campaign, name: str, now: Millis) -> Place | None:
    """The share of the draw `name`: the one it has, or a new one; None when the pot is empty."""
    return _finder.take(campaign, name, now)


def is_drained(campaign: Campaign) -> bool:
    """Whether every share that was offered so far is counted as drawn, looked up now."""
    return count_drawn(campaign.campaign_id) >= campaign.shares_offered


def _key(campaign: Campaign, bucket: int) -> str:
    return tables_pot.bucket_key(campaign.campaign_id, campaign.generation, bucket)


def _hashed(name: str, salt: int, buckets: int) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, salt=bytes([salt])).digest(), "big") % buckets
