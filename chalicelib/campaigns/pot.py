"""Finding a share: which bucket a draw goes to, and why a repeated draw finds its first share again.

A full bucket never changes, so its image is kept: whoever comes late asks nothing of the table. What makes a
repeat safe in every order of events: a draw takes a share only in a bucket before which it has seen all its
earlier ones full without it, and those stay as they are.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final, NamedTuple

from chalicelib.campaigns import tables_packets, tables_pot
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.dynamo import Item

GENERATION: Final = 1
WALKED_BUCKETS: Final = 16
"""Pots of so many buckets are walked; in larger ones a draw has two hashed buckets and then a pin."""
_PINS_A_CALL: Final = 24
_MOST_IMAGES: Final = 2_000


class Place(NamedTuple):
    """The share in `slot` of `bucket`; `is_new` when this call took it."""

    bucket: int
    slot: int
    is_new: bool


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


_full = FullBuckets()
_drained: dict[str, tuple[Millis, bool]] = {}


def take(campaign: Campaign, name: str, now: Millis) -> Place | None:
    """The share of the draw `name`: the one it has, or a new one; None when the pot is empty."""
    if campaign.buckets <= WALKED_BUCKETS:
        return _walk(campaign, name)
    for bucket in {_hashed(name, 1, campaign.buckets): None, _hashed(name, 2, campaign.buckets): None}:
        place = _try_bucket(campaign, bucket, name)
        if place:
            return place
    return _follow_pin(campaign, name, now)


def _walk(campaign: Campaign, name: str) -> Place | None:
    first = _hashed(name, 1, campaign.buckets)
    for step in range(campaign.buckets):
        place = _try_bucket(campaign, (first + step) % campaign.buckets, name)
        if place:
            return place
    return None


def _follow_pin(campaign: Campaign, name: str, now: Millis) -> Place | None:
    pinned = tables_pot.find_pin(campaign.campaign_id, GENERATION, name)
    if pinned is None and _is_drained(campaign, now):
        return None
    if pinned is None:
        pinned = _pin(campaign, name, None, _after(campaign, _hashed(name, 2, campaign.buckets)))
    for _ in range(_PINS_A_CALL):
        place = _try_bucket(campaign, pinned, name)
        if place:
            return place
        if _is_drained(campaign, now):
            return None
        pinned = _pin(campaign, name, pinned, _after(campaign, pinned))
    raise SiyuError("too_many_requests", "The pot is nearly empty and the search goes on: send the same draw again.")


def _pin(campaign: Campaign, name: str, old: int | None, new: int) -> int:
    return tables_pot.pin(campaign.campaign_id, GENERATION, name, old, new)


def _after(campaign: Campaign, bucket: int) -> int:
    """The next bucket that is not known to be full, round and round."""
    for step in range(1, campaign.buckets):
        candidate = (bucket + step) % campaign.buckets
        if _full.get(_key(campaign, candidate)) is None:
            return candidate
    return (bucket + 1) % campaign.buckets


def _try_bucket(campaign: Campaign, bucket: int, name: str) -> Place | None:
    """The share in this bucket; None when it is full without the draw."""
    key = _key(campaign, bucket)
    image = _full.get(key)
    if image is None:
        outcome = tables_pot.draw_share(key, name, campaign.capacity(bucket))
        if outcome.done:
            return Place(bucket, outcome.item[name], True)
        image = outcome.item
        if image["n"] >= campaign.capacity(bucket):
            _full.keep(key, image)
    return Place(bucket, image[name], False) if name in image else None


def _is_drained(campaign: Campaign, now: Millis) -> bool:
    """Whether every share is counted as drawn; looked up once a second, and never again once it is so."""
    until, drained = _drained.get(campaign.campaign_id, (0, False))
    if not drained and now >= until:
        rows = tables_packets.counters(campaign.campaign_id)
        drained = sum(row.get("drawn_n", 0) for row in rows) >= campaign.spec.pot.shares
        _drained[campaign.campaign_id] = (now + SECOND, drained)
    return drained


def _key(campaign: Campaign, bucket: int) -> str:
    return tables_pot.bucket_key(campaign.campaign_id, GENERATION, bucket)


def _hashed(name: str, salt: int, buckets: int) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, salt=bytes([salt])).digest(), "big") % buckets
