"""Which state holds for a code, and for which channel it is meant. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from chalicelib.codes.format.ranges import Span, span_at
from chalicelib.kernel.clock import SECOND, Millis

State = Literal["inactive", "active", "void"]


class Whereabouts(NamedTuple):
    """What the batch knows of one code: its state, the channel it is meant for, whether it was shipped."""

    state: State
    channel_id: str | None
    shipped: bool


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


def void_takes_effect(now: Millis, cache_seconds: int) -> Millis:
    """From when on a void code is shown as void: when no container can hold the older header any more.

    Two seconds are for clocks that differ. Claims do not wait for it.
    """
    return now + (cache_seconds + min(2, cache_seconds)) * SECOND
