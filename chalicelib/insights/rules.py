"""Which numbers an event adds to, and how they are summed up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from chalicelib.kernel import cities
from chalicelib.kernel.clock import Millis, shanghai_day
from chalicelib.kernel.ids import digest32
from chalicelib.runtime.events.queues import Event

METRICS: Final = (
    "scans",
    "first_scans",
    "persons",
    "members",
    "conversions",
    "bindings",
    "participants",
    "drawn_fen",
    "paid_fen",
    "orders",
    "order_fen",
    "refunds_fen",
)
Dimension = Literal["channel", "product", "batch", "city"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("channel", "product", "batch", "city")
ELSEWHERE: Final = "其他"
"""Cities that are not known by name: clients may send any text, counters must not grow with it."""
NOWHERE: Final = "-"
"""The channel of what belongs to none: a campaign's packets and payouts, a code that was not shipped."""

FROM_A_SCAN: Final = "scan"
"""The origin of a member whom the scan page led here: that is what a conversion is."""

_NATURAL_KEY: Final = {
    "member.joined": ("member_id",),
    "binding.changed": ("member_id", "at", "guide_id", "reason"),
    "participant.joined": ("campaign_id", "participant_id"),
    "packet.drawn": ("packet_id",),
}


class Gain(NamedTuple):
    """What one event adds to the numbers of a Shanghai day (`YYYYMMDD`) and a channel, or another dimension's name."""

    day: str
    name: str
    adds: dict[str, int]


class Fact(NamedTuple):
    """Something to count once: its dedupe key, and what it adds, as (dimension, gain)."""

    key: str
    gains: tuple[tuple[Dimension, Gain], ...]


def facts_of(event: Event) -> list[Fact]:
    """What there is to count in an event.

    A scan is counted by channel, product, batch and city; its person once a day, where they scanned first.
    """
    gain = gain_of(event)
    if event.type == "code.located":
        told = gain_of(Event(event.event_id, "code.scanned", event.at, event.data))
        return [Fact(dedupe_of(event), _in_city(event.data, told))] if told else []
    if gain is None:
        return []
    if event.type != "code.scanned":
        return [Fact(dedupe_of(event), (("channel", gain),))]
    person = gain._replace(adds={"persons": 1})
    return [
        Fact(dedupe_of(event), (*_everywhere(event.data, gain), *_in_city(event.data, gain))),
        Fact(_person_key(event, gain.day), _everywhere(event.data, person)),
    ]


def gain_of(event: Event) -> Gain | None:
    """What an event adds; None for one that counts nowhere, such as a payout that failed."""
    adds = {metric: number for metric, number in _adds(event.type, event.data).items() if number}
    if not adds:
        return None
    return Gain(shanghai_day(event.at), event.data.get("channel_id") or NOWHERE, adds)


def dedupe_of(event: Event) -> str:
    """What makes an event the same at every delivery: the fact's own key where it has one, else the event's id."""
    names = _NATURAL_KEY.get(event.type, ())
    if names and all(name in event.data for name in names):
        return digest32(event.type, *(event.data[name] for name in names))
    return digest32(event.type, event.event_id)


def total_by(keyed: Iterable[tuple[str, Mapping[str, int]]]) -> dict[str, Counter[str]]:
    """Numbers added up under each key."""
    totals: dict[str, Counter[str]] = {}
    for key, numbers in keyed:
        totals.setdefault(key, Counter()).update(numbers)
    return totals


def months_between(first: Millis, last: Millis) -> list[str]:
    """The Shanghai months, `YYYYMM`, from that of one moment to that of another."""
    start, end = shanghai_day(first)[:6], shanghai_day(last)[:6]
    months = []
    year, month = int(start[:4]), int(start[4:])
    while f"{year}{month:02d}" <= end:
        months.append(f"{year}{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _everywhere(data: Mapping[str, Any], gain: Gain) -> tuple[tuple[Dimension, Gain], ...]:
    named: tuple[tuple[Dimension, str | None], ...] = (
        ("product", data.get("product_id")),
        ("batch", data.get("batch_id")),
    )
    return (("channel", gain), *((dimension, gain._replace(name=name)) for dimension, name in named if name))


def _in_city(data: Mapping[str, Any], gain: Gain) -> tuple[tuple[Dimension, Gain], ...]:
    if not data.get("city"):
        return ()
    known = cities.find(data["city"])
    return (("city", gain._replace(name=known.name if known else ELSEWHERE)),)


def _person_key(event: Event, day: str) -> str:
    """A member, else a device; whom nobody can recognise is somebody new at each visit."""
    data = event.data
    person = data.get("member_id") or data.get("device") or event.event_id
    return digest32("person", day, person)


def _adds(kind: str, data: Mapping[str, Any]) -> dict[str, int]:
    match kind:
        case "code.scanned":
            return {"scans": 1, "first_scans": int(data["first"])}
        case "member.joined":
            return {"members": 1, "conversions": int(data.get("origin") == FROM_A_SCAN)}
        case "binding.changed":
            return {"bindings": 1}
        case "participant.joined":
            return {"participants": 1}
        case "packet.drawn":
            return {"drawn_fen": data["amount_fen"]}
        case "payout.settled":
            return {"paid_fen": data["amount_fen"] if data["state"] == "SUCCESS" else 0}
        case "order.frozen":
            return {"orders": 1, "order_fen": data["amount_fen"]}
        case "order.refunded":
            return {"refunds_fen": data["amount_fen"]}
    return {}
