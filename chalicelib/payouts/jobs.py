"""The reconciler: finds what notifications, streams and queues missed, by looking at what is due and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.kernel.clock import HOUR, MINUTE, Millis
from chalicelib.payouts import breaker, follow_up_tables, rules, sending, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger
from chalicelib.wechat.errors import Misconfigured, Unreachable, WeChatError

if TYPE_CHECKING:
    from chalicelib.wechat.pay import Pay

_ORPHAN_AFTER = HOUR


def reconcile(pay: Pay, now: Millis, *, at_most: int = 500) -> int:
    """Look at payouts that are due and apply what WeChat Pay says of them; how many were looked at.

    One that cannot be decided now is looked at again later, however the others went. Stops early
    when WeChat Pay cannot be reached: nothing is lost, the follow-ups stay due.
    """
    if not _is_well(pay, now):
        count("PayoutsPaused")
    looked_at = 0
    # Another shard is the first each time, so that a long shard keeps nobody waiting for ever.
    first = now // (5 * MINUTE)
    for step in range(follow_up_tables.FOLLOW_UP_SHARDS):
        shard = (first + step) % follow_up_tables.FOLLOW_UP_SHARDS
        for row in follow_up_tables.first_due(shard, now, at_most - looked_at):
            looked_at += 1
            if not _follow_up(row, pay, now):
                return looked_at
    return looked_at


def _is_well(pay: Pay, now: Millis) -> bool:
    """Whether payouts may go out. After a pause that failures made, one payout is tried first."""
    paused = breaker.state()
    if not paused.is_paused:
        return True
    if paused.probe is None:
        return False
    member_id, payout_id = paused.probe
    try:
        sending.send(member_id, payout_id, pay=pay, now=now)
        # Should that one have ended meanwhile, it must at least be reachable.
        pay.query_transfer(rules.out_bill_no(payout_id, 1))
    except WeChatError as error:
        logger().error("WeChat Pay is still failing", code=error.code)
        return False
    breaker.resume()
    return True


def _follow_up(row: Item, pay: Pay, now: Millis) -> bool:
    """Whether to go on with the next row: when WeChat Pay cannot be reached, the rest waits for the next time."""
    payout_id, member_id = follow_up_tables.payout_of(row), row["member_id"]
    try:
        next_look = _resolve(payout_id, row, pay, now)
    except WeChatError as error:
        is_down = isinstance(error, Unreachable)
        logger().error("A payout could not be reconciled", payout_id=payout_id, code=error.code)
        # An empty account or a lost permission stops new transfers; others may be waiting for their end only.
        if is_down or isinstance(error, Misconfigured):
            breaker.count_fault(error.code, member_id, payout_id, now)
        else:
            count("PayoutUndecided")
        if is_down:
            return False
        next_look = rules.next_follow_up(row["since"], now)
    if next_look is not None:
        follow_up_tables.put_follow_up(payout_id, member_id, row["since"], next_look)
    follow_up_tables.drop_follow_up(row)
    return True


def _resolve(payout_id: str, row: Item, pay: Pay, now: Millis) -> Millis | None:
    """When to look again, None for never: the payout has ended, or its asker never came back to write it."""
    payout = tables.find(row["member_id"], payout_id, strong=True)
    if payout is None:
        return None if now - row["since"] >= _ORPHAN_AFTER else now + rules.FIRST_FOLLOW_UP
    if payout["st"] == rules.FAILED:
        follow_up_tables.put_action(follow_up_tables.FAILED, payout_id, row["member_id"], now)
    if payout["st"] in rules.ENDED:
        return None
    _warn_of_horizon(payout, now)
    if payout["st"] != rules.RESERVED:
        sending.follow_up(payout, pay, now)
    elif breaker.is_paused(now):
        return now + rules.FIRST_FOLLOW_UP
    else:
        sending.send(row["member_id"], payout_id, pay=pay, now=now)
    then = tables.find(row["member_id"], payout_id, strong=True) or payout
    return None if then["st"] in rules.ENDED else rules.next_follow_up(row["since"], now)


def _warn_of_horizon(payout: Item, now: Millis) -> None:
    if rules.is_near_horizon(payout.get("sent_at", now), now):
        logger().error("WeChat Pay will soon have forgotten an open payout", payout_id=payout["sk"])
        count("PayoutNearHorizon")
        member_id = payout["pk"].removeprefix("MBR#")
        follow_up_tables.put_action(follow_up_tables.HORIZON, payout["sk"], member_id, now)
