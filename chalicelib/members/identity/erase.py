"""A person leaves (注销): gone at once. Then every area forgets them (the package privacy).

Asking is one transaction: from then on no id and no identity leads to the person, and tombstones (keyed hashes) keep
what is in flight from bringing them back.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from chalicelib.kernel.clock import DAY, HOUR, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import tables
from chalicelib.members.identity import erasure_tables, merge
from chalicelib.members.identity.erasure_tables import due_rows as due_rows
from chalicelib.members.identity.erasure_tables import find as find
from chalicelib.members.identity.erasure_tables import forget as forget
from chalicelib.members.identity.erasure_tables import reschedule as reschedule
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count

TIMES: Final = (5 * MINUTE, 25 * HOUR, 16 * DAY)
"""After the request: in case the event was lost; when tokens (24 h) and unconfirmed payments (24 h) are over; when no
queue can hold an event of the person any more (14 days and one for the stream).
"""
_TRIES: Final = 5


def ask(member_id: str, now: Millis) -> Item:
    """Erase the person behind this member; the erasure as it stands, also when they asked before. 404 for nobody."""
    for _ in range(_TRIES):
        profile = _standing(member_id)
        known = erasure_tables.find(tables.member_id_of(profile))
        if known is not None:
            return known
        aliases = merge.alias_rows(profile, strong=True)
        if erasure_tables.bury(profile, aliases, now + TIMES[0], now):
            count("ErasureAsked")
    raise SiyuError("conflict", "Your profile is being changed at this moment. Try again.")


def next_time(asked_at: Millis, now: Millis, *, open_payouts: int) -> Millis | None:
    """When to erase again; None when nothing is left. A payout that does not end is looked at daily."""
    ahead = (asked_at + wait for wait in TIMES if asked_at + wait > now)
    return next(ahead, now + DAY if open_payouts else None)


def external_userids(keys: Collection[str]) -> list[str]:
    """Customers of WeCom among the identities of an erasure, as keyed hashes."""
    prefix = tables.identity_key("external_userid", "")
    return sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix))


def _standing(member_id: str) -> Item:
    """The profile that a member leads to, also when it is gone."""
    profile = tables.profile(member_id, strong=True)
    while profile is not None and profile.get("merged_into"):
        profile = tables.profile(profile["merged_into"], strong=True)
    if profile is None:
        raise not_found("member", member_id)
    return profile
