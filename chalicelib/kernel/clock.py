"""Time: UTC everywhere, RFC 3339 at the edges, Asia/Shanghai for what a customer calls "today".

Inside siyu a moment is an integer of milliseconds since 1970 (`Millis`): it sorts, it subtracts,
and DynamoDB keeps it exactly.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from chalicelib.kernel.errors import SiyuError

Millis = int

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
# Mainland China has one zone and, since 1991, no summer time: a fixed offset is exact for every date we keep.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
# RFC 3339, section 5.6. Python alone would also read weeks, bare hours and any letter between date and time.
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_END: Final = 253_402_300_800_000
"""The first moment of the year 10000, which no RFC 3339 text can name."""


_offset: Callable[[], Millis] | None = None


def now() -> Millis:
    """The time siyu lives in. Called at the edges only: services take `now` as an argument."""
    return wall() if _offset is None else wall() + _offset()


def wall() -> Millis:
    """The machine's own time, for what is compared with other machines' time."""
    return time.time_ns() // 1_000_000


def live_later(offset: Callable[[], Millis] | None) -> None:
    """Let `now` be later by what `offset` gives at each call; with None it is the machine's time, as it is at first.

    The composition calls this on the stages `local` and `test`, nobody on the others.
    """
    global _offset
    _offset = offset


def to_rfc3339(moment: Millis) -> str:
    """`1767225600123` → `"2026-01-01T00:00:00.123Z"`."""
    seconds, millis = divmod(moment, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"


def to_rfc3339_or_none(moment: Millis | None) -> str | None:
    """The same of a moment that may not have come."""
    return None if moment is None else to_rfc3339(moment)


def from_rfc3339(text: str, param: str) -> Millis:
    """The moment from 1970 to 9999 that an RFC 3339 text names; 400 `invalid_parameter` for anything else."""
    if not _RFC3339.fullmatch(text):
        raise _bad_time(param)
    try:
        moment = from_datetime(datetime.fromisoformat(text.upper()))
    except ValueError as error:
        raise _bad_time(param) from error
    if not 0 <= moment < _END:
        raise _bad_time(param)
    return moment


def from_datetime(moment: datetime) -> Millis:
    """An aware datetime in milliseconds, without going through a float."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * DAY + delta.seconds * SECOND + delta.microseconds // 1000


def shanghai_day(moment: Millis) -> str:
    """The day a customer in China would name, `YYYYMMDD`."""
    return f"{datetime.fromtimestamp(moment // 1000, SHANGHAI):%Y%m%d}"


def shanghai_month(moment: Millis) -> str:
    """The month of statements and caps, `YYYY-MM`."""
    return f"{datetime.fromtimestamp(moment // 1000, SHANGHAI):%Y-%m}"


def _bad_time(param: str) -> SiyuError:
    return SiyuError(
        "invalid_parameter",
        f"{param} must be an RFC 3339 time with an offset, such as 2026-01-31T08:00:00Z.",
        param=param,
    )
