"""A person leaves (注销): gone at once, forgotten everywhere, and forgotten again when nothing can be in flight.

It stands beside api.py because it speaks to areas that come after members. Asking is one transaction: from then on
no id and no identity leads to the person, and tombstones (keyed hashes) keep what is in flight from bringing them
back. The sweeps after it may be repeated, crash anywhere, and never wait for a payment.
"""

from __future__ import annotations

from typing import Final

from chalicelib.kernel.clock import DAY, HOUR, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import tables as member_tables
from chalicelib.members.identity import erasure_tables, merge
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count, logger

QUEUE: Final = "members-erase"
LOOKS: Final = (5 * MINUTE, 25 * HOUR, 16 * DAY)
"""After the request: in case the event was lost; when tokens (24 h) and unconfirmed payments (24 h) are over; when no
queue can hold an event of the person any more (14 days and one for the stream).
"""
_TRIES: Final = 5


def ask(member_id: str, now: Millis) -> Item:
    """Erase the person behind this member; the erasure as it stands, also when they asked before. 404 for nobody."""
    for _ in range(_TRIES):
        profile = _standing(member_id)
        known = erasure_tables.find(member_tables.member_id_of(profile))
        if known is not None:
            return known
        aliases = merge.alias_rows(profile, strong=True)
        if erasure_tables.bury(profile, aliases, now + LOOKS[0], now):
            count("ErasureAsked")
    raise SiyuError("conflict", "Your profile is being changed by others: try again.")


def sweep(member_id: str, now: Millis) -> None:
    """Forget the person in every area, and say when to look again. Each step may be repeated.

    What waits to be paid is given back, what is on its way is paid: its row names the person until it has ended.
    """
    erasure = erasure_tables.find(member_id)
    if erasure is None:
        return
    ids = sorted(erasure["ids"])
    open_payouts = sum(_forget(one, now) for one in ids)
    _forget_contacts(ids, erasure.get("keys", ()))
    for one in ids:
        erasure_tables.forget(one)
    if "due" in erasure:
        due = next_look(erasure["at"], now, open_payouts=open_payouts)
        if due != erasure["due"]:
            erasure_tables.look_again(member_id, erasure["due"], due)
        logger().info("A person was erased", member_id=member_id, open_payouts=open_payouts, is_last=due is None)


def hand_out(now: Millis) -> int:
    """Put the erasures that are to be looked at on the queue; how many."""
    due = list(erasure_tables.due_rows(now))
    queues.send(QUEUE, (Event(f"{one}.{now}", "member.erased", now, {"member_id": one}) for one in due))
    return len(due)


def next_look(asked_at: Millis, now: Millis, *, open_payouts: int) -> Millis | None:
    """When to sweep again; None when nothing is left. A payout that does not end is looked at daily."""
    ahead = (asked_at + wait for wait in LOOKS if asked_at + wait > now)
    return next(ahead, now + DAY if open_payouts else None)


def _forget(member_id: str, now: Millis) -> int:
    """Forget one member id in the areas after members; how many payouts have not ended."""
    from chalicelib.attribution import privacy as attribution
    from chalicelib.campaigns import privacy as campaigns
    from chalicelib.payouts import privacy as payouts
    from chalicelib.pushes import privacy as pushes
    from chalicelib.segments import privacy as segments

    campaigns.forget(member_id)
    open_payouts = payouts.forget(member_id, now)
    attribution.forget(member_id)
    pushes.forget(member_id)
    segments.forget(member_id, now)
    return open_payouts


def _forget_contacts(ids: list[str], keys: set[str]) -> None:
    from chalicelib.guides import privacy as guides

    prefix = member_tables.identity_key("external_userid", "")
    guides.forget(ids, sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix)))


def _standing(member_id: str) -> Item:
    """The profile that a member leads to, also when it is gone."""
    profile = member_tables.profile(member_id, strong=True)
    while profile is not None and profile.get("merged_into"):
        profile = member_tables.profile(profile["merged_into"], strong=True)
    if profile is None:
        raise not_found("member", member_id)
    return profile
