"""A person who left (注销) is forgotten by every area, and forgotten again when nothing can be in flight.

Each erasure may be repeated, crash anywhere, and never waits for a payment.
"""

from __future__ import annotations

from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.members.identity import erase as erasures
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import logger

QUEUE: Final = "members-erase"


def erase(member_id: str, now: Millis) -> None:
    """Forget the person in every area, and say when to look again. Each step may be repeated.

    What waits to be paid is given back, what is on its way is paid: its row names the person until it has ended.
    """
    erasure = erasures.find(member_id)
    if erasure is None:
        return
    ids = sorted(erasure["ids"])
    open_payouts = sum(_forget(one, now) for one in ids)
    _forget_contacts(ids, erasure.get("keys", ()))
    for one in ids:
        erasures.forget(one)
    if "due" in erasure:
        due = erasures.next_time(erasure["at"], now, open_payouts=open_payouts)
        if due != erasure["due"]:
            erasures.reschedule(member_id, erasure["due"], due)
        logger().info("A person was erased", member_id=member_id, open_payouts=open_payouts, is_last=due is None)


def hand_out(now: Millis) -> int:
    """Put the erasures that are to be looked at on the queue; how many."""
    due = list(erasures.due_rows(now))
    queues.send(QUEUE, (Event(f"{one}.{now}", "member.erased", now, {"member_id": one}) for one in due))
    return len(due)


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

    guides.forget(ids, erasures.external_userids(keys))
