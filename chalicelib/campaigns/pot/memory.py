"""What one container remembers of pots: which buckets are full, and where shares may be left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime.cache import Bounded
from chalicelib.runtime.rate_limit import WindowCounter

Count = Callable[[str, int, Iterable[int]], Mapping[int, int]]
"""Shares drawn of each of at most 100 buckets of a campaign's generation; it may be a moment late."""

MOST_IMAGES: Final = 2_000
"""Images of full buckets; a full bucket never changes, so no age ends them."""
_MOST_POTS: Final = 64
_BUCKETS_A_LOOK: Final = 100
_LOOKS_A_SECOND: Final = 2
"""A look costs 50 RRU: 300 containers together stay below what a table reads in a second."""


class PotMemory:
    """One generation of a pot. A bucket that was ever seen full stays so."""

    def __init__(self) -> None:
        self.full: set[int] = set()
        self.is_drained = False
        self.counted_at: Millis = 0
        self._open: list[int] = []
        self._next = -1
        self._looks: WindowCounter[None] = WindowCounter(SECOND, 1)

    def note_full(self, campaign: Campaign, bucket: int) -> None:
        """A bucket was seen full; the last one drains the pot."""
        self.full.add(bucket)
        self.is_drained = self.is_drained or len(self.full) == campaign.buckets

    def candidate(self, campaign: Campaign, start: int, count: Count, now: Millis) -> int | None:
        """A bucket in which shares were left when it was looked at; None when none is known for the moment.

        Buckets are looked at a hundred a read, a few reads a second: late-comers of an empty pot must not buy
        the whole pot's price again while its last draws are being counted.
        """
        while not self.is_drained:
            while self._open:
                place = start % len(self._open)
                if self._open[place] not in self.full:
                    return self._open[place]
                self._open[place] = self._open[-1]
                self._open.pop()
            if self._looks.add(None, now) > _LOOKS_A_SECOND:
                return None
            self._look(campaign, start, count)
        return None

    def _look(self, campaign: Campaign, start: int, count: Count) -> None:
        first = start % campaign.buckets if self._next < 0 else self._next
        buckets: list[int] = []
        for step in range(campaign.buckets):
            bucket = (first + step) % campaign.buckets
            if bucket not in self.full:
                buckets.append(bucket)
            if len(buckets) == _BUCKETS_A_LOOK:
                break
        if not buckets:
            # Another thread has just seen the last one full.
            self.is_drained = True
            return
        drawn = count(campaign.campaign_id, campaign.generation, buckets)
        for bucket in buckets:
            if drawn.get(bucket, 0) >= campaign.capacity(bucket):
                self.note_full(campaign, bucket)
            else:
                self._open.append(bucket)
        self._next = (buckets[-1] + 1) % campaign.buckets


class PotMemories:
    """The pots that this container has met lately."""

    def __init__(self) -> None:
        self._pots: Bounded[tuple[str, int], PotMemory] = Bounded(_MOST_POTS)

    def of(self, campaign: Campaign) -> PotMemory:
        """What is known of the generation that a campaign offers."""
        key = (campaign.campaign_id, campaign.generation)
        return self._pots.get(key) or self._pots.get_or_put(key, PotMemory())
