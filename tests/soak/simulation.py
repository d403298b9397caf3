"""A pot under a crowd, without a database: the code's own search on an in-memory table that charges what DynamoDB does.

Real bucket keys, real item sizes, real walk, hashes and pins (`chalicelib.campaigns.pot.Finder`), one finder for
each container. Every write takes its units from a token bucket of its key: 1,000 a second, never more saved up.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil
from typing import Any, NamedTuple

from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.dynamo import Item, Outcome

WRU_A_SECOND = 1_000
KB = 1_024
COUNTED_AFTER = 2.0
"""Seconds until a draw is counted: stream, queue, consumer."""
_NUMBER_BYTES = 2
_ITEM_BYTES = len("pkskBn") + _NUMBER_BYTES


class Bucketful(NamedTuple):
    """Tokens of a key, and when they were counted."""

    tokens: float
    at: float


class SimulatedTable:
    """What `campaigns.pot.tables` does, in memory, with a bill. `now` is the simulated second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.items: dict[str, Item] = {}
        self.pins: dict[str, int] = {}
        self.tokens: dict[str, Bucketful] = {}
        self.throttled = 0
        self.lowest = float(WRU_A_SECOND)
        self.largest_bytes = 0
        self.wru_by_second: dict[int, float] = defaultdict(float)
        self.drawn_by_tenth: dict[int, int] = defaultdict(int)
        self.rru_by_second: dict[int, float] = defaultdict(float)

    def draw_share(self, key: str, name: str, capacity: int, /) -> Outcome:
        """One conditional write, charged whether it takes effect or not."""
        item = self.items.setdefault(key, {})
        drawn = item.get("n", 0)
        is_taken = name not in item and drawn < capacity
        if is_taken:
            item[name], item["n"] = drawn, drawn + 1
            self.drawn_by_tenth[int(self.now * 10)] += 1
        size = _ITEM_BYTES + len(key) + max(0, len(item) - 1) * (len(name) + _NUMBER_BYTES)
        self.largest_bytes = max(self.largest_bytes, size)
        self._charge(key, ceil(size / KB))
        return Outcome(is_taken, {name: drawn, "n": drawn + 1} if is_taken else item)

    def find_bucket(self, key: str, /) -> Item:
        """A strong read."""
        self.rru_by_second[int(self.now)] += 1
        return self.items.get(key, {})

    def count_buckets(
        self, campaign_id: str, generation: int, buckets: Iterable[int], /, *, strong: bool
    ) -> dict[int, int]:
        """A read of up to a hundred items of 1 KB: half a unit each."""
        wanted = list(buckets)
        self.rru_by_second[int(self.now)] += len(wanted) / 2
        return {
            bucket: self.items.get(pot_tables.bucket_key(campaign_id, generation, bucket), {}).get("n", 0)
            for bucket in wanted
        }

    def find_pin(self, campaign_id: str, generation: int, name: str, /) -> int | None:
        """A strong read."""
        self.rru_by_second[int(self.now)] += 1
        return self.pins.get(f"{generation}{name}")

    def pin(self, campaign_id: str, generation: int, name: str, old: int | None, new: int, /) -> int:
        """One conditional write on the draw's own key."""
        key = f"{generation}{name}"
        self._charge(key, 1)
        if self.pins.get(key) == old:
            self.pins[key] = new
        return self.pins[key]

    def _charge(self, key: str, units: int) -> None:
        before = self.tokens.get(key, Bucketful(WRU_A_SECOND, self.now))
        left = min(WRU_A_SECOND, before.tokens + (self.now - before.at) * WRU_A_SECOND) - units
        self.throttled += left < 0
        self.lowest = min(self.lowest, left)
        self.tokens[key] = Bucketful(left, self.now)
        self.wru_by_second[int(self.now)] += units


class Counted:
    """How many shares the consumers have counted: what was drawn some seconds ago."""

    def __init__(self, table: SimulatedTable) -> None:
        self._table = table
        self._upto = 0
        self._sum = 0

    def __call__(self, campaign_id: str) -> int:
        until = int((self._table.now - COUNTED_AFTER) * 10)
        while self._upto < until:
            self._sum += self._table.drawn_by_tenth.get(self._upto, 0)
            self._upto += 1
        return self._sum


class Told(NamedTuple):
    """How a crowd fared. `searching`: answers that ask the client to send the same draw again."""

    drawn: int
    empty: int
    searching: int
    repeated_elsewhere: int
    seconds: float


class Figures(NamedTuple):
    """What the table saw. `lowest_tokens`: what was left of 1,000 at the busiest key's busiest moment."""

    throttled: int
    lowest_tokens: float
    largest_bytes: int
    wru: int
    peak_wru_a_second: int
    rru: int
    peak_rru_a_second: int


class Crowd:
    """People who draw, `a_second` of them each second, through containers that know nothing of each other."""

    def __init__(self, containers: int, a_second: int, seed: int = 1) -> None:
        self.table = SimulatedTable()
        counted = Counted(self.table)
        self.finders = [pot_finder.Finder(self.table, counted) for _ in range(containers)]
        self.a_second = a_second
        self.random = random.Random(seed)

    def draw(self, campaign: Campaign, names: Sequence[str], taps: float = 0.05) -> Told:
        """Everybody draws; `taps` of them tap twice. Nobody gives up while the search goes on."""
        places: dict[str, pot_finder.Place] = {}
        empty = searching = elsewhere = 0
        began = self.table.now
        for name in self._arrivals(names, taps, again := []):
            try:
                place = self._finder().take(campaign, name, int(self.table.now * 1000))
            except SiyuError:
                searching += 1
                heapq.heappush(again, (self.table.now + 1, name))
                continue
            if place is None:
                empty += 1
            elif places.setdefault(name, place)[:2] != place[:2]:
                elsewhere += 1
        return Told(len(places), empty, searching, elsewhere, self.table.now - began)

    def rest(self, seconds: float) -> None:
        """Nobody comes for a while."""
        self.table.now += seconds

    def figures(self) -> Figures:
        """The bill so far."""
        seen = self.table
        return Figures(
            throttled=seen.throttled,
            lowest_tokens=round(seen.lowest, 1),
            largest_bytes=seen.largest_bytes,
            wru=int(sum(seen.wru_by_second.values())),
            peak_wru_a_second=int(max(seen.wru_by_second.values())),
            rru=int(sum(seen.rru_by_second.values())),
            peak_rru_a_second=int(max(seen.rru_by_second.values(), default=0)),
        )

    def _arrivals(self, names: Sequence[str], taps: float, again: list[tuple[float, str]]) -> Iterator[str]:
        start = self.table.now
        for place, name in enumerate(names):
            self.table.now = start + place / self.a_second
            while again and again[0][0] <= self.table.now:
                yield heapq.heappop(again)[1]
            yield name
            if self.random.random() < taps:
                yield name
        while again:
            self.table.now, name = max(again[0][0], self.table.now), again[0][1]
            heapq.heappop(again)
            yield name

    def _finder(self) -> pot_finder.Finder:
        return self.finders[self.random.randrange(len(self.finders))]


def names_of(campaign_id: str, people: int, name_in_pot: Callable[[str, str, int], str], seed: int = 7) -> list[str]:
    """The names under which so many people draw their first share."""
    from chalicelib.kernel import crockford

    source = random.Random(seed)
    own = (crockford.encode_int(source.getrandbits(80), 16) for _ in range(people))
    return [name_in_pot(campaign_id, f"ptc_{campaign_id[4:14]}{part}", 1) for part in own]


def campaign_with(shares: int, **facts: Any) -> Campaign:
    """A campaign whose pot has so many shares of one yuan on average."""
    from chalicelib.campaigns.pot.split import Pot
    from chalicelib.campaigns.rules import Spec

    pot_of = Pot(total_fen=shares * 100, shares=shares, split="lucky", min_fen=30, max_fen=20_000, seed="5" * 32)
    spec = Spec(
        name="百万红包",
        starts_at=0,
        ends_at=10**15,
        pot=pot_of,
        reward_for=("invitee",),
        tiers=(),
        max_draws_per_member=1,
        max_fen_per_member_per_day=None,
        act="join",
        waiting_hours=0,
        risk={},
    )
    known = {"campaign_id": "cmp_01M8021BBTCSMYKY2988PN3EER", "state": "published", "version": 1, "made_at": 0}
    return Campaign(**{**known, "spec": spec, **facts})


def offered_again(campaign: Campaign, released_fen: int, shares: int) -> Campaign:
    """The campaign with another generation of its pot, of money that came back."""
    import msgspec

    drained = campaign.spec.pot
    new = msgspec.structs.replace(drained, total_fen=released_fen, shares=shares, seed="6" * 32)
    spec = msgspec.structs.replace(campaign.spec, pot=new)
    return msgspec.structs.replace(campaign, spec=spec, earlier=(*campaign.earlier, drained))
