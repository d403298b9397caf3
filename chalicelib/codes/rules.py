"""The thinking about scans: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from chalicelib.codes.ranges import Span, span_at
from chalicelib.kernel.clock import MINUTE, SECOND, Millis
from chalicelib.kernel.ids import derived_id

Verdict = Literal["first_scan", "repeat_scan", "unknown", "inactive", "void"]
State = Literal["inactive", "active", "void"]

PRIZE_SOURCE: Final = "code_prize"
"""Source of the payouts for prizes in codes; the source's id is the packet's."""
SAME_VISIT: Final = 10 * MINUTE
"""A device that looks at a code again within this time is still the same visit."""
RECENT: Final = (("r0", "d0", "t0"), ("r1", "d1", "t1"), ("r2", "d2", "t2"), ("r3", "d3", "t3"))
"""Attributes of the last four visits on a code's row: visit id, hashed device, time; newest first."""
REFUSED: Final = "x:"
"""Before the visit id and the device of a scan of an inactive or void code: such a visit is never the first scan,
and the same person's scan after the activation is another visit."""

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


class Whereabouts(NamedTuple):
    """What the batch knows of one code: its state, the channel it is meant for, whether it was shipped."""

    state: State
    channel_id: str | None
    shipped: bool


def looks_automatic(headers: Mapping[str, str]) -> bool:
    """Whether a crawler, a link preview or a prefetch asks. Any other client counts as a person."""
    if any(word in headers.get(name, "").lower() for name in _PREFETCH_HEADERS for word in ("prefetch", "preview")):
        return True
    return bool(_CRAWLERS.search(headers.get("user-agent", "")))


def whereabouts(
    header: Mapping[str, Any], ships: Sequence[Span], states: Sequence[Span], sequence: int, now: Millis
) -> Whereabouts:
    """State and channel of one code. Void beats everything; of two shipments the later one holds."""
    override = span_at(states, sequence)
    state = state_of(header, now)
    if state != "void" and override is not None and override.at <= now:
        state = "void" if override.value == "void" else "active"
    part, whole = span_at(ships, sequence), header.get("whole_channel")
    if part is not None and part.at >= header.get("whole_at", 0):
        return Whereabouts(state, part.value, True)
    return Whereabouts(state, whole or header.get("channel_id"), bool(whole))


def state_of(header: Mapping[str, Any], now: Millis) -> State:
    """The batch's state as of `now`: a change holds for every container from the moment it names."""
    name = header["state"] if header["state_at"] <= now else header["state_before"]
    return "void" if name == "void" else "active" if name == "active" else "inactive"


def seen_before(row: Mapping[str, Any], visit: str, device: str, now: Millis) -> Seen | None:
    """The visit on the row that this scan repeats, if any; mirrors the condition of `tables.record_scan`."""
    for visits, devices, times in (("f", "fd", "ft"), *RECENT):
        same_device = device and row.get(devices) == device and row.get(times, 0) > now - SAME_VISIT
        if row.get(visits) == visit or (same_device and row.get(visits)):
            return Seen(row[visits], row[visits] == row.get("f"))
    return None


def verdict_of(state: State, is_first: bool) -> Verdict:
    """What the customer is told."""
    if state != "active":
        return state
    return "first_scan" if is_first else "repeat_scan"


def packet_id(code: str) -> str:
    """The one packet that a code's prize can be."""
    return derived_id("packet", "code", code)


def void_takes_effect(now: Millis, cache_seconds: int) -> Millis:
    """From when on a void code is shown as void: when no container can hold the older header any more.

    Two seconds are for clocks that differ. Claims do not wait for it.
    """
    return now + (cache_seconds + min(2, cache_seconds)) * SECOND
