"""The row of one code: the conditional writes that decide its first scan and whom it is attributed to."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.codes.lifecycle.rules import State
from chalicelib.codes.models import Code, Visit
from chalicelib.codes.scans.rules import RECENT, REFUSED, SAME_KEY, SAME_VISIT
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

# Newest first: every right side means the row as it was, so the visits move on by one in a single write.
_SHIFT: Final = "".join(
    f", {to[0]} = if_not_exists({of[0]}, :none), {to[1]} = if_not_exists({of[1]}, :none),"
    f" {to[2]} = if_not_exists({of[2]}, :zero)"
    for to, of in zip(RECENT[1:], RECENT[:-1], strict=True)
)


_FACTS: Final = "SET r0 = :r, d0 = :d, t0 = :t, b = :b, p = :p, s = :s, k = :k, m = :m, u = :u" + _SHIFT


_CITY: Final = ", c = :c, ct = :t"


FIRST_SCAN: Final = ", f = if_not_exists(f, :r), fd = if_not_exists(fd, :d), ft = if_not_exists(ft, :t)"


# The first member who scanned, by whom a sale can be attributed. It bars nobody: `own` is written by a claim alone.
_BY: Final = ", #by = if_not_exists(#by, :m)"


_SLOTS: Final = (("f", "fd", "ft"), *RECENT)


# The race it settles: the same visit twice at once, or again after its answer was lost, is counted once. A missing
# attribute equals nothing, so NOT holds for it.
_NEW_VISIT: Final = " AND ".join(f"NOT ({visit} = :r AND {time} > :known)" for visit, _, time in _SLOTS)


_NEW_DEVICE: Final = " AND ".join(f"NOT ({device} = :d AND {time} > :since)" for _, device, time in _SLOTS)


class Sighting(msgspec.Struct, frozen=True):
    """One scan as it is to be recorded. `visit_id` is the visit's key, which stands for it wherever it is recorded.

    Without a device `device` is ""; without a member `member_id` is "".
    """

    code: str
    batch_id: str
    product_id: str
    channel_id: str
    state: State
    visit_id: str
    device: str = ""
    city: str = ""
    member_id: str = ""
    shipped: bool = True

    @property
    def visit_key(self) -> str:
        """The visit as the row keeps it."""
        return self.visit_id if self.state == "active" else REFUSED + self.visit_id

    @property
    def device_key(self) -> str:
        """The device as the row keeps it."""
        return self.device if self.state == "active" or not self.device else REFUSED + self.device


def code_pk(code: str) -> str:
    """Of a canonical code."""
    return f"C#{code}"


def record_scan(seen: Sighting, now: Millis) -> Outcome:
    """The scan, as ONE UpdateItem: the row as it was before; not done when the row knows this visit already.

    Two phones at the same instant: DynamoDB orders the two writes, the first one finds no `f` and sets it.
    """
    active = seen.state == "active"
    attributes = active and bool(seen.member_id)
    expression = _FACTS + (_CITY if seen.city else "") + (FIRST_SCAN if active else "") + (_BY if attributes else "")
    values: Item = {
        ":r": seen.visit_key,
        ":known": now - SAME_KEY,
        ":d": seen.device_key,
        ":t": now,
        ":b": seen.batch_id,
        ":p": seen.product_id,
        ":s": seen.channel_id,
        ":k": seen.state,
        ":m": seen.member_id,
        ":u": 0 if seen.shipped else 1,
        ":none": "",
        ":zero": 0,
        ":one": 1,
    }
    if seen.city:
        values[":c"] = seen.city
    if seen.device:
        values[":since"] = now - SAME_VISIT
    return dynamo.update(
        Code,
        code_pk(seen.code),
        "C",
        expression + (" ADD n :one" if active else " ADD x :one"),
        condition=f"{_NEW_VISIT} AND {_NEW_DEVICE}" if seen.device else _NEW_VISIT,
        names={"#by": "by"} if attributes else None,
        values=values,
    )


def record_city(code: str, visit_key: str, city: str) -> Outcome:
    """The city of the latest visit, when the person agreed to tell it after the scan.

    `ct` equal to `t0` says that the city is this visit's. Once told it stays; after another visit it is too late.
    """
    return dynamo.update(
        Code,
        code_pk(code),
        "C",
        "SET c = :c, ct = t0",
        condition="r0 = :r AND (attribute_not_exists(ct) OR ct <> t0)",
        values={":c": city, ":r": visit_key},
    )


def record_member(code: str, member_id: str) -> Outcome:
    """The person of a visit that was recorded before the person was known. Of two members at once the first has it."""
    return dynamo.update(
        Code,
        code_pk(code),
        "C",
        "SET #by = :m",
        condition="attribute_exists(pk) AND attribute_not_exists(#by)",
        names={"#by": "by"},
        values={":m": member_id},
    )


def get_code(code: str, *, strong: bool = False) -> Item:
    """The row of a code, {} when it was never scanned."""
    return dynamo.get(Code, code_pk(code), "C", strong=strong) or {}


def story(code: str, limit: int, cursor: str | None) -> dynamo.Page:
    """Visits of a code, the latest first."""
    return dynamo.page(Visit, code_pk(code), prefix="V#", limit=limit, cursor=cursor, forward=False)
