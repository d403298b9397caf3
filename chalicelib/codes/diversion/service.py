"""Channels by the evidence against them (窜货), summed from folded counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from chalicelib.codes.diversion import tables
from chalicelib.codes.diversion.rules import DIVERSION
from chalicelib.kernel.clock import Millis


class Suspicion(msgspec.Struct):
    """What speaks against a channel. `cities` and `batches` count signals of diversion, `by_signal` all."""

    channel_id: str | None
    by_signal: Counter[str]
    cities: Counter[str]
    batches: Counter[str]
    last_at: Millis = 0
    last_code: str = ""

    @property
    def weight(self) -> tuple[int, int]:
        """Signals of diversion first, others to break ties."""
        diverted = sum(number for rule, number in self.by_signal.items() if rule in DIVERSION)
        return diverted, sum(self.by_signal.values())


def channels_by_evidence(months: Iterable[str]) -> list[Suspicion]:
    """Every channel with signals in these months (`YYYY-MM`), the most suspicious first."""
    found: dict[str, Suspicion] = {}
    for month in months:
        for channel, batch_id, rule, counter in tables.evidence_of(month):
            of_channel = None if channel == tables.NOWHERE else channel
            entry = found.setdefault(channel, Suspicion(of_channel, Counter(), Counter(), Counter()))
            entry.by_signal[rule] += counter["n"]
            if rule in DIVERSION:
                entry.cities[counter["city"]] += counter["n"]
                entry.batches[batch_id] += counter["n"]
            if counter["at"] > entry.last_at:
                entry.last_at, entry.last_code = counter["at"], counter["code"]
    return sorted(found.values(), key=lambda entry: entry.weight, reverse=True)
