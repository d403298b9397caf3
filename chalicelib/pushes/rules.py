"""What may be sent to whom and when, and how a recipient's outcome is written down in one letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.kernel.clock import SECOND, SHANGHAI, Millis
from chalicelib.kernel.ids import digest32

Purpose = Literal["service", "marketing"]
Medium = Literal["wecom", "subscribe_message", "official_account", "sms", "email"]
State = Literal["scheduled", "sending", "paused", "done", "cancelled"]

SUPPORTED: Final[tuple[Medium, ...]] = ("subscribe_message",)
"""Media that messages really go out over; the others are passed over as `medium_unavailable`."""

QUIET_FROM: Final = 22
QUIET_UNTIL: Final = 8
WORKERS: Final = 5
"""Pages that are sent at the same time, the concurrency of the function pushes-deliver: they share a medium's rate."""
DAILY_CAP: Final = 5
"""Messages a member gets on one Shanghai day at most, of all pushes together."""

PENDING: Final = "."
SENT: Final = "s"
UNKNOWN: Final = "u"
SKIPPED: Final = {
    "n": "no_consent",
    "q": "quiet_hours",
    "c": "frequency_cap",
    "o": "opted_out",
    "d": "duplicate",
    "g": "gone",
}
FAILED: Final = {
    "a": "no_address",
    "m": "medium_unavailable",
    "t": "not_subscribed",
    "b": "bad_address",
    "x": "bad_content",
    "r": "refused",
    "y": "unavailable",
    "e": "error",
}
OUTCOMES: Final = (SENT, UNKNOWN, *SKIPPED, *FAILED)
NEVER_TRIED: Final = ("a", "m", "e")
"""Failed before a message was made for the recipient."""

REASON_OF_ERRCODE: Final = {"43101": "t", "40003": "b", "47003": "x", "40037": "x", "41030": "x"}
"""WeChat's refusals of a subscribe message: not subscribed, openid, data, template, page."""

THING: Final = 20
"""Characters that a `thing` field of a subscribe message may hold."""


def is_quiet(now: Millis) -> bool:
    """Whether it is night in China: from 22:00 up to, not including, 08:00."""
    hour = datetime.fromtimestamp(now // SECOND, SHANGHAI).hour
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


def dedupe_of(push_id: str) -> str:
    """What a member's row remembers of a push: 50 bits, short because up to two months of them share 1 KB.

    Should two pushes of one member ever share it, the second is skipped: the safe side.
    """
    return digest32("push", push_id)[:10]


def message_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the subscribe template: title and text, each cut to what its field holds."""
    return {"thing1": _thing(content["title"]), "thing2": _thing(content["text"])}


def day_field(now: Millis) -> str:
    """The attribute that counts a member's messages of this Shanghai day, such as `d261121`."""
    return f"d{_shanghai(now):%y%m%d}"


def month_fields(now: Millis) -> tuple[str, str]:
    """The attributes with the pushes of this Shanghai month and of the one before, such as `k2611`, `k2610`."""
    return _month(now, 0), _month(now, 1)


def stale_fields(now: Millis) -> list[str]:
    """What a write may drop: the day counts of the last 31 days and the months before the last one."""
    today = _shanghai(now)
    return [
        *(f"d{today - timedelta(days=ago):%y%m%d}" for ago in range(1, 32)),
        *(_month(now, ago) for ago in range(2, 5)),
    ]


def why_not(row: Mapping[str, Any], dedupe: str, purpose: str, now: Millis) -> str:
    """Why the guard refused, from the member's row as it stood: the letter of the outcome."""
    if any(dedupe in row.get(month, ()) for month in month_fields(now)):
        return "d"
    return "o" if purpose in row.get("x", ()) else "c"


def counts_of(outcomes: Iterable[str]) -> Counter[str]:
    """How many recipients ended how, by letter; pending ones are left out."""
    return Counter(letter for letters in outcomes for letter in letters if letter != PENDING)


def _thing(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= THING else line[: THING - 1] + "…"


def _shanghai(now: Millis) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(SHANGHAI)


def _month(now: Millis, ago: int) -> str:
    today = _shanghai(now)
    months = today.year * 12 + today.month - 1 - ago
    return f"k{months // 12 % 100:02d}{months % 12 + 1:02d}"
