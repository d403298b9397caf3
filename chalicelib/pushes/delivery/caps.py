"""The guard of every message: one write on the member's own row, so that two workers cannot both send."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import rules
from chalicelib.pushes.models import Cap
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


class Guard(NamedTuple):
    """`taken`: this call may send, once. Else `why`: the letter of the outcome."""

    taken: bool
    why: str = ""


def claim(member_id: str, dedupe: str, purpose: str, trace: str, now: Millis) -> Guard:
    """Claim the one message of a push to a member: 1 WRU.

    The condition settles, in one write: two workers or a redelivery on one recipient and two merged profiles in
    one audience (the push is in this month's or the last month's set), pushes at the same moment that together
    would be too many (the day's count), and an opt-out between our look at the consent and now.
    A write that boto3 sent twice finds its own `trace`, new for every call, and holds.
    """
    this_month, last_month = rules.month_fields(now)
    day = rules.day_field(now)
    outcome = dynamo.update(
        Cap,
        _key(member_id),
        "CAP",
        f"SET l = :trace ADD {this_month} :set, {day} :one REMOVE {', '.join(rules.stale_fields(now))}",
        condition=f"NOT contains({this_month}, :push) AND NOT contains({last_month}, :push)"
        f" AND (attribute_not_exists({day}) OR {day} < :cap) AND NOT contains(x, :purpose)",
        values={
            ":trace": trace,
            ":set": {dedupe},
            ":push": dedupe,
            ":one": 1,
            ":cap": rules.DAILY_CAP,
            ":purpose": purpose,
        },
        returns="NONE",
    )
    if outcome.done or outcome.item.get("l") == trace:
        return Guard(True)
    return Guard(False, rules.why_not(outcome.item, dedupe, purpose, now))


def release(member_id: str, dedupe: str, taken_at: Millis) -> None:
    """Give the claim back after a definite refusal: the message did not count. 1 WRU; repeating it changes nothing."""
    this_month, _ = rules.month_fields(taken_at)
    dynamo.update(
        Cap,
        _key(member_id),
        "CAP",
        f"DELETE {this_month} :set ADD {rules.day_field(taken_at)} :less",
        # Only who still holds the claim may lower the day's count, so it is lowered once.
        condition=f"contains({this_month}, :push)",
        values={":set": {dedupe}, ":less": -1, ":push": dedupe},
        returns="NONE",
    )


def row(member_id: str) -> Item:
    """What the guard remembers of a member: 0.5 RRU."""
    return dynamo.get(Cap, _key(member_id), "CAP") or {}


def opt_out(member_id: str, purpose: str, refused: bool) -> None:
    """Refuse or allow again the pushes of a purpose, at once for every message not yet sent."""
    verb = "ADD" if refused else "DELETE"
    dynamo.update(Cap, _key(member_id), "CAP", f"{verb} x :purposes", values={":purposes": {purpose}}, returns="NONE")


def _key(member_id: str) -> str:
    return f"CAP#{member_id}"
