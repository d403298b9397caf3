"""Who is behind a shared code at a moment. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from chalicelib.kernel.clock import SHANGHAI, Millis

MOST_PER_DAY: Final = 500
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]

Weekday = Annotated[int, Meta(ge=1, le=7)]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """A stretch of the day, Shanghai time, on these days of the week (1 = Monday); `to` is not in it.

    One that ends before it begins goes on until that time of the next day.
    """

    start: Clock
    end: Clock
    weekdays: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)] = (1, 2, 3, 4, 5, 6, 7)


class Turn(msgspec.Struct, frozen=True):
    """A guide behind a code: always, or within hours; up to `daily_cap` new customers a day."""

    guide_id: str
    userid: str
    daily_cap: int | None = None
    hours: tuple[Hours, ...] = ()


def on_duty(turns: Sequence[Turn], backups: Sequence[Turn], added: Mapping[str, int], now: Millis) -> list[Turn]:
    """Those whose hours it is and whose day is not full; else the backups, else everybody: no printed code dies.

    `added`: how many each guide got today by this code.
    """
    free = [turn for turn in turns if is_open(turn.hours, now) and not _is_full(turn, added)]
    # A guide may stand there twice, with hours of their own each time.
    return list({turn.userid: turn for turn in free or backups or turns}.values())


def is_open(hours: Sequence[Hours], now: Millis) -> bool:
    """Whether a moment lies in one of the stretches; none at all means always."""
    moment = datetime.fromtimestamp(now // 1000, SHANGHAI)
    weekday, minute = moment.isoweekday(), f"{moment:%H:%M}"
    return not hours or any(_covers(stretch, weekday, minute) for stretch in hours)


def _covers(stretch: Hours, weekday: int, minute: str) -> bool:
    if stretch.start < stretch.end:
        return weekday in stretch.weekdays and stretch.start <= minute < stretch.end
    yesterday = 7 if weekday == 1 else weekday - 1
    return (weekday in stretch.weekdays and minute >= stretch.start) or (
        yesterday in stretch.weekdays and minute < stretch.end
    )


def _is_full(turn: Turn, added: Mapping[str, int]) -> bool:
    return turn.daily_cap is not None and added.get(turn.guide_id, 0) >= turn.daily_cap
