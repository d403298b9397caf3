"""Use cases of insights."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from chalicelib.insights import rules, tables
from chalicelib.kernel.clock import DAY, Millis, shanghai_day
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.queues import Event

LONGEST: Final = 366 * DAY


class Insights(NamedTuple):
    """Numbers of some days: altogether, by day (`YYYYMMDD`) and by channel (None: of no channel)."""

    total: Counter[str]
    by_day: dict[str, Counter[str]]
    by_channel: dict[str | None, Counter[str]]


def fold(event: Event, now: Millis) -> bool:
    """Count an event, once however often it comes: 4 WRU; whether it was new."""
    gain = rules.gain_of(event)
    return gain is not None and tables.count_once(rules.dedupe_of(event), gain, now)


def insights(first: Millis, last: Millis) -> Insights:
    """The numbers of the Shanghai days from that of `first` to that of `last`, both included.

    400 `invalid_parameter` for a range that is backwards or longer than a year.
    """
    if last < first or last - first > LONGEST:
        raise SiyuError("invalid_parameter", "from must not be after to, nor more than a year before it.", param="from")
    days = (shanghai_day(first), shanghai_day(last))
    rows = [
        row
        for month in rules.months_between(first, last)
        for row in tables.numbers_of(month)
        if days[0] <= row[0] <= days[1]
    ]
    by_channel = rules.total_by((channel, numbers) for _, channel, numbers in rows)
    return Insights(
        total=sum(by_channel.values(), Counter()),
        by_day=rules.total_by((day, numbers) for day, _, numbers in rows),
        by_channel={None if channel == rules.NOWHERE else channel: found for channel, found in by_channel.items()},
    )
