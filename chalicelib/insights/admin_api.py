"""Routes of insights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from chalicelib.insights import service
from chalicelib.kernel.clock import DAY, SHANGHAI, Millis, from_datetime, from_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Answer, Api

api = Api(__name__)

DEFAULT_DAYS = 30
MOST_ENTRIES = 200


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days in China, both included, as `2026-11-21` or as a time of that day. Left out: the last 30 days."""

    first: str | None = msgspec.field(default=None, name="from")
    last: str | None = msgspec.field(default=None, name="to")


class Numbers(Answer, kw_only=True):
    """What happened: `persons` = those who scanned, each once a day; `conversions` = members whom a scan led here,
    `conversion` = their share of those persons, null without any; `paid_fen` = money that arrived.
    """

    scans: int = 0
    first_scans: int = 0
    persons: int = 0
    members: int = 0
    conversions: int = 0
    conversion: float | None = None
    bindings: int = 0
    participants: int = 0
    drawn_fen: int = 0
    paid_fen: int = 0
    orders: int = 0
    order_fen: int = 0
    refunds_fen: int = 0


class OfDay(Numbers, kw_only=True):
    """A day's numbers; the day is China's."""

    day: str


class OfChannel(Numbers, kw_only=True):
    """A channel's numbers; null holds what belongs to no channel."""

    channel_id: str | None


class Scanned(Answer, kw_only=True):
    """Scans of a product, a batch or in a city; the city 其他 holds those that are not known by name."""

    name: str
    scans: int = 0
    first_scans: int = 0
    persons: int = 0


class Insights(Numbers, kw_only=True):
    """The numbers altogether, by day and by channel; scans by product, by batch and by city, the most first."""

    by_day: list[OfDay]
    by_channel: list[OfChannel]
    by_product: list[Scanned]
    by_batch: list[Scanned]
    by_city: list[Scanned]


@api.get("/admin/insights", allow=ADMIN, errors=("invalid_parameter",))
def get_insights(query: Range, now: Millis) -> Insights:
    """What worked: scans, members, campaigns and orders by day and by channel."""
    last = _day_start(query.last, "to") if query.last else now
    first = _day_start(query.first, "from") if query.first else last - (DEFAULT_DAYS - 1) * DAY
    found = service.insights(first, last)
    days = [OfDay(day=_dashed(day), **_known(numbers)) for day, numbers in sorted(found.by_day.items())]
    channels = [
        OfChannel(channel_id=channel, **_known(numbers))
        for channel, numbers in sorted(found.by_channel.items(), key=lambda pair: pair[0] or "")
    ]
    return Insights(
        **_known(found.total),
        by_day=days,
        by_channel=channels,
        by_product=_scanned(found.by_product),
        by_batch=_scanned(found.by_batch),
        by_city=_scanned(found.by_city),
    )


def _scanned(found: Mapping[str, Mapping[str, int]]) -> list[Scanned]:
    entries = [Scanned(name=name, **numbers) for name, numbers in found.items()]
    return sorted(entries, key=lambda entry: entry.scans, reverse=True)[:MOST_ENTRIES]


def _day_start(text: str, param: str) -> Millis:
    if len(text) != len("2026-11-21"):
        return from_rfc3339(text, param)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise SiyuError("invalid_parameter", f"{param} must be a day such as 2026-11-21.", param=param) from error
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def _known(numbers: Mapping[str, int]) -> dict[str, Any]:
    persons = numbers.get("persons", 0)
    return {**numbers, "conversion": round(numbers.get("conversions", 0) / persons, 4) if persons else None}
