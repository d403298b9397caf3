"""Which numbers an event adds to, and how they are summed up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from chalicelib.kernel.clock import Millis, shanghai_day
from chalicelib.kernel.ids import digest32
from chalicelib.runtime.queues import Event

METRICS: Final = (
    "scans",
    "first_scans",
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
NOWHERE: Final = "-"
"""The channel of what belongs to none: a campaign's packets and payouts, a code that was not shipped."""

FROM_A_SCAN: Final = "scan"
"""The origin of a member whom the scan page led here: that is what a conversion is."""

_NATURAL_KEY: Final = {
    "member.joined": ("member_id",),
    "binding.changed": ("member_id", "sequence"),
    "participant.joined": ("campaign_id", "participant_id"),
    "packet.drawn": ("packet_id",),
}


class Gain(NamedTuple):
    """What one event adds to the numbers of a Shanghai day (`YYYYMMDD`) and a channel."""

    day: str
    channel_id: str
    adds: dict[str, int]


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
