"""Use cases of insights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.insights import rules, tables
from chalicelib.kernel.clock import DAY, Millis, shanghai_day
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.queues import Event

LONGEST: Final = 366 * DAY


class Insights(NamedTuple):
    """Numbers of some days: altogether, by day (`YYYYMMDD`) and by channel (None: of no channel)."""

    total: Counter[str]
    by_day: dict[str, Counter[str]]
    by_channel: dict[str | None, Counter[str]]
    by_product: dict[str, Counter[str]]
    by_batch: dict[str, Counter[str]]
    by_city: dict[str, Counter[str]]


def fold(event: Event, now: Millis) -> bool:
    """Count an event, once however often it comes; whether there was anything new in it."""
    return fold_all([event], now) > 0


def fold_all(events: Iterable[Event], now: Millis) -> int:
    """Count a batch of events by one transaction; how many facts were new."""
    return tables.count_once([fact for event in events for fact in rules.facts_of(event)], now)


def insights(first: Millis, last: Millis) -> Insights:
    """The numbers of the Shanghai days from that of `first` to that of `last`, both included.

    400 `invalid_parameter` for a range that is backwards or longer than a year.
    """
    if last < first or last - first > LONGEST:
        raise SiyuError("invalid_parameter", "from must not be after to, nor more than a year before it.", param="from")
    rows = _rows("channel", first, last)
    by_channel = rules.total_by((channel, numbers) for _, channel, numbers in rows)
    return Insights(
        total=sum(by_channel.values(), Counter()),
        by_day=rules.total_by((day, numbers) for day, _, numbers in rows),
        by_channel={None if channel == rules.NOWHERE else channel: found for channel, found in by_channel.items()},
        by_product=_by("product", first, last),
        by_batch=_by("batch", first, last),
        by_city=_by("city", first, last),
    )


def _by(dimension: rules.Dimension, first: Millis, last: Millis) -> dict[str, Counter[str]]:
    return rules.total_by((name, numbers) for _, name, numbers in _rows(dimension, first, last))


def _rows(dimension: rules.Dimension, first: Millis, last: Millis) -> list[tuple[str, str, Item]]:
    days = (shanghai_day(first), shanghai_day(last))
    return [
        row
        for month in rules.months_between(first, last)
        for row in tables.numbers_of(month, dimension)
        if days[0] <= row[0] <= days[1]
    ]
