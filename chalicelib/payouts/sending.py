"""Between a payout and the rail: send, ask, hear. Every way to the end goes through `_apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.payouts import rules, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger
from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable, WeChatError
from chalicelib.wechat.pay_bills import TransferState

if TYPE_CHECKING:
    from chalicelib.wechat.pay import Pay

_ORPHAN_AFTER = HOUR


def send(member_id: str, payout_id: str, *, pay: Pay, now: Millis) -> None:
    """Bring a reserved payout to the rail. Raises WeChatError when it must be tried again.

    A payout that an earlier try left in SENDING is asked about first.
    """
    outcome = tables.begin_sending(member_id, payout_id, now)
    if not outcome.done and outcome.item.get("st") != rules.SENDING:
        return
    try:
        if outcome.done:
            _create(outcome.item, pay, now)
        else:
            follow_up(outcome.item, pay, now)
    except Refused as error:
        if error.retryable:
            raise
        # Not the end of the attempt: an earlier try with this number may have been executed. It stays open.
        logger().error("WeChat Pay refuses a payout", payout_id=payout_id, code=error.code, detail=error.detail)
        count("PayoutRefused", code=error.code)


def follow_up(payout: Item, pay: Pay, now: Millis) -> None:
    """Ask the rail about a payout on its way, and send the same once more where the rail does not know it.

    A query never bears package_info, so a bill that waits for its payee is fetched by the same request too.
    """
    number = _number(payout)
    told = pay.query_transfer(number)
    lacks_package = told is not None and told.state == "WAIT_USER_CONFIRM" and payout["st"] == rules.SENDING
    if told is None or lacks_package:
        told = pay.create_transfer(rules.thaw(payout["bill"], number))
    _apply(payout, told, now)


def hear(number: str, state: str, amount_fen: int, why: str | None, now: Millis) -> None:
    """A verified notification, at any time and any number of times."""
    row = tables.find_open(number) or tables.find_open(number, strong=True)
    if row is None:
        logger().info("A notification names no open payout", out_bill_no=number, state=state)
        return
    _end(row["member_id"], row["payout_id"], row["attempt"], state, amount_fen, why, now)


def reconcile(pay: Pay, now: Millis, *, at_most: int = 500) -> int:
    """Look at open payouts that are due and apply what the rail says of them; how many were looked at.

    One that can not be decided now is looked at again later, however the others went. Stops early when the
    rail is dead: nothing is lost, the rows stay due.
    """
    looked_at = 0
    for shard in range(tables.OPEN_SHARDS):
        cursor: str | None = None
        while looked_at < at_most:
            page = tables.open_page(shard, cursor)
            for row in (found for found in page.items if found["due_at"] <= now):
                looked_at += 1
                if not _look(row, pay, now):
                    return looked_at
            cursor = page.cursor
            if cursor is None:
                break
    return looked_at


def _look(row: Item, pay: Pay, now: Millis) -> bool:
    """Whether to go on with the next row: a rail that can not be reached is left in peace until the next time."""
    try:
        _settle(row, pay, now)
    except WeChatError as error:
        is_down = isinstance(error, Unreachable)
        logger().error("A payout could not be reconciled", payout_id=row["payout_id"], code=error.code)
        # An empty account or a lost permission stops new transfers; others may be waiting for their end only.
        count("PayoutRailDown" if is_down or isinstance(error, Misconfigured) else "PayoutUndecided")
        if is_down:
            return False
        tables.postpone(row, rules.next_look(row["since"], now))
    return True


def _settle(row: Item, pay: Pay, now: Millis) -> None:
    payout = tables.find(row["member_id"], row["payout_id"], strong=True)
    if payout is None:
        if now - row["due_at"] >= _ORPHAN_AFTER:
            tables.close_orphan(row)
        return
    if payout["attempt"] > row["attempt"] or payout["st"] in rules.ENDED:
        tables.close(row["sk"])
        return
    _warn_of_horizon(row, now)
    if payout["st"] == rules.RESERVED:
        send(row["member_id"], row["payout_id"], pay=pay, now=now)
    else:
        follow_up(payout, pay, now)
    tables.postpone(row, rules.next_look(row["since"], now))


def _warn_of_horizon(row: Item, now: Millis) -> None:
    if rules.is_near_horizon(row["since"], now):
        logger().error("WeChat Pay will soon have forgotten an open payout", payout_id=row["payout_id"])
        count("PayoutNearHorizon")


def _create(payout: Item, pay: Pay, now: Millis) -> None:
    try:
        told = pay.create_transfer(rules.thaw(payout["bill"], _number(payout)))
    except Unknown:
        follow_up(payout, pay, now)
    else:
        _apply(payout, told, now)


def _apply(payout: Item, told: TransferState, now: Millis) -> None:
    member_id, payout_id, attempt = payout["pk"].removeprefix("MBR#"), payout["sk"], payout["attempt"]
    if told.is_final:
        _end(member_id, payout_id, attempt, told.state, told.amount_fen, told.fail_reason, now)
    elif told.state == "WAIT_USER_CONFIRM" and told.package_info:
        # Counted from when we began: the rail made the bill at that moment or later.
        before = payout["sent_at"] + rules.CONFIRM_WITHIN
        tables.wait_for_payee(member_id, payout_id, attempt, told.package_info, before)


def _end(
    member_id: str, payout_id: str, attempt: int, told: str, amount_fen: int, why: str | None, now: Millis
) -> None:
    state = rules.SUCCESS if told == "SUCCESS" else rules.FAILED
    outcome = tables.end(member_id, payout_id, attempt, state, amount_fen, why or told, now)
    if outcome.done:
        count("PayoutEnded", state=state)
    elif not _had_ended_so(outcome.item, attempt, state, amount_fen):
        logger().error("The rail contradicts a payout", payout_id=payout_id, attempt=attempt, told=told)
        count("PayoutContradicted")
        return
    tables.close(rules.out_bill_no(payout_id, attempt))


def _had_ended_so(payout: Item, attempt: int, state: str, amount_fen: int) -> bool:
    """Whether an earlier delivery of the same word had its effect."""
    if payout.get("attempt", 0) > attempt:
        return state == rules.FAILED
    known = rules.FAILED if payout.get("st") == rules.RELEASED else payout.get("st")
    return known == state and payout.get("amount_fen") == amount_fen


def _number(payout: Item) -> str:
    return rules.out_bill_no(payout["sk"], payout["attempt"])
