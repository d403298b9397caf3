"""The thinking about scans: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from chalicelib.codes.lifecycle.rules import State
from chalicelib.kernel import crockford
from chalicelib.kernel.clock import DAY, MINUTE, Millis

Verdict = Literal["first_scan", "repeat_scan", "unknown", "inactive", "void"]


SAME_VISIT: Final = 10 * MINUTE
"""A device that looks at a code again within this time is still the same visit."""


SAME_KEY: Final = DAY
"""A visit that is told again within this time is a repetition of the first telling; its key means nothing later."""


RECENT: Final = (("r0", "d0", "t0"), ("r1", "d1", "t1"), ("r2", "d2", "t2"), ("r3", "d3", "t3"))
"""Attributes of the last four visits on a code's row: visit key, hashed device, time; newest first."""


REFUSED: Final = "x:"
"""Before the visit key and the device of a scan of an inactive or void code: such a visit is never the first scan,
and the same person's scan after the activation is another visit."""


_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_CLOCKS_DIFFER: Final = 5 * MINUTE


# Programs that fetch pages nobody looks at. "Cubot" is a telephone.
_CRAWLERS: Final = re.compile(
    r"(?<!cu)bot\b|spider|crawl|slurp|facebookexternalhit|whatsapp/|embedly|link.?preview|mediapartners|skypeuripreview"
    r"|slack-imgproxy|telegrambot|linkedinbot|iframely|larkurl|dingtalkbot|vkshare|pinterest/|google-inspectiontool",
    re.IGNORECASE,
)


_PREFETCH_HEADERS: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")


class Seen(NamedTuple):
    """A visit that a code's row already knows."""

    visit: str
    is_first: bool


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Whether a crawler, a link preview or a prefetch asks. Any other client counts as a person."""
    if any(word in headers.get(name, "").lower() for name in _PREFETCH_HEADERS for word in ("prefetch", "preview")):
        return True
    return bool(_CRAWLERS.search(headers.get("user-agent", "")))


def young_ulid(text: str, now: Millis) -> str | None:
    """The ULID that a client named its visit by, when it was made within the last day; an older one names nothing."""
    ulid = text.upper()
    if not _ULID.fullmatch(ulid):
        return None
    return ulid if now - SAME_KEY < crockford.decode_int(ulid[:10]) <= now + _CLOCKS_DIFFER else None


def seen_before(row: Mapping[str, Any], visit: str, device: str, now: Millis) -> Seen | None:
    """The visit on the row that this scan repeats, if any; mirrors the condition of `tables.record_scan`."""
    for visits, devices, times in (("f", "fd", "ft"), *RECENT):
        age = now - row.get(times, 0)
        same_device = device and row.get(devices) == device and age < SAME_VISIT
        if (row.get(visits) == visit and age < SAME_KEY) or (same_device and row.get(visits)):
            return Seen(row[visits], row[visits] == row.get("f"))
    return None


def is_first_scan(row: Mapping[str, Any], visit: str | None, now: Millis) -> bool:
    """Whether this visit is the first genuine one: `f` is the first for ever, a repetition of it known for a day."""
    return "f" not in row or (row["f"] == visit and row["ft"] > now - SAME_KEY)


def verdict_of(state: State, is_first: bool) -> Verdict:
    """What the customer is told."""
    if state != "active":
        return state
    return "first_scan" if is_first else "repeat_scan"
