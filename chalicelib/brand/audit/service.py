"""The audit trail: every action of an operator or manager that took effect, one row each, never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.brand.audit import tables
from chalicelib.kernel.clock import Millis, shanghai_day
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.dynamo import Item, Page, decode_cursor, encode_cursor
from chalicelib.runtime.http.audit import AuditRecord

_DAYS_A_PAGE: Final = 31
_DAY: Final = "%Y%m%d"


def record(action: AuditRecord) -> None:
    """Write an action down: 1 WRU. The same request's row is written once."""
    tables.put(shanghai_day(action.at), action.at, action.request_id, msgspec.to_builtins(action))


def page(day: str | None, limit: int, cursor: str | None, now: Millis) -> Page:
    """Actions, newest first: of one Shanghai day (`YYYYMMDD`), or from today backwards, some 30 days at most a page."""
    looked_at, inner = _read_cursor(cursor) if cursor else (day or shanghai_day(now), None)
    found: list[Item] = []
    for _ in range(_DAYS_A_PAGE):
        rows, inner = tables.page(looked_at, limit - len(found), inner)
        found.extend(rows)
        if inner is None:
            if day:
                return found, None
            looked_at = _day_before(looked_at)
        if len(found) == limit:
            break
    # An empty month ends the walk: who looks for older ones names the day.
    return found, encode_cursor(f"{looked_at}|{inner or ''}") if found else None


def _read_cursor(cursor: str) -> tuple[str, str | None]:
    day, _, inner = decode_cursor(cursor).partition("|")
    try:
        datetime.strptime(day, _DAY)  # noqa: DTZ007 - a day without a time
    except ValueError as error:
        wrong = "Send the next_cursor of the page before, unchanged."
        raise SiyuError("invalid_cursor", wrong, param="cursor") from error
    return day, inner or None


def _day_before(day: str) -> str:
    return f"{datetime.strptime(day, _DAY) - timedelta(days=1):{_DAY}}"  # noqa: DTZ007
