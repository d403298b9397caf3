"""What a change of a payout tells the other areas."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.payouts import rules
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`payout.requested` for every new attempt that may be sent, `payout.settled` for every end of one."""
    new, old = change.new, change.old
    is_named = "needs" in old and "needs" not in new
    if "bill" not in new or (new["st"] == old.get("st") and not is_named):
        return
    member_id, payout_id = new["pk"].removeprefix("MBR#"), new["sk"]
    facts = {"member_id": member_id, "payout_id": payout_id, "attempt": new["attempt"]}
    if new["st"] == rules.RESERVED and "needs" not in new:
        yield Event(f"requested:{payout_id}:{new['attempt']}", "payout.requested", change.at, facts)
    elif new["st"] in (rules.SUCCESS, rules.FAILED):
        ended = {
            **facts,
            "source": new["src"],
            "source_id": new["src_id"],
            "state": new["st"],
            "amount_fen": new["amount_fen"],
        }
        yield Event(f"settled:{payout_id}:{new['attempt']}", "payout.settled", change.at, ended)
