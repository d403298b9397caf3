"""Between a payout and WeChat Pay: send, ask, hear. Every way to the end goes through `_end`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.kernel.clock import Millis
from chalicelib.payouts import breaker, follow_up_tables, payee_names, rules, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count, logger
from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable
from chalicelib.wechat.pay_bills import TransferState

if TYPE_CHECKING:
    from chalicelib.wechat.pay import Pay

QUEUE: Final = "payouts-send"
_PAUSED_SECONDS: Final = 600
_FAULT_SECONDS: Final = 60
_CREATE: Final = "create_transfer"


def work_off(event: Event, *, pay: Pay, now: Millis) -> None:
    """Send the payout of an event. While WeChat Pay is dead the event waits in its queue, and no delivery is used up.

    Raises WeChatError when it must be tried again.
    """
    member_id, payout_id = event.data["member_id"], event.data["payout_id"]
    if breaker.is_paused(now):
        queues.send(QUEUE, [event], delay_seconds=_PAUSED_SECONDS)
        return
    try:
        send(member_id, payout_id, pay=pay, now=now)
    except (Misconfigured, Unreachable) as error:
        logger().error("WeChat Pay takes no transfers", code=error.code, detail=error.detail)
        breaker.count_fault(error.code, member_id, payout_id, now)
        queues.send(QUEUE, [event], delay_seconds=_FAULT_SECONDS)


def send(member_id: str, payout_id: str, *, pay: Pay, now: Millis) -> None:
    """Bring a reserved payout to WeChat Pay. Raises WeChatError when it must be tried again.

    A payout that an earlier try left in SENDING is asked about first.
    """
    outcome = tables.begin_sending(member_id, payout_id, now)
    if outcome.done:
        try:
            _ask(outcome.item, pay, now)
        except Unknown:
            follow_up(outcome.item, pay, now)
    elif outcome.item.get("st") == rules.SENDING:
        follow_up(outcome.item, pay, now)


def follow_up(payout: Item, pay: Pay, now: Millis) -> None:
    """Ask WeChat Pay about a payout on its way, and send the same once more where WeChat Pay does not know it.

    A query never bears package_info, so a bill that waits for its payee is fetched by the same request too.
    """
    told = pay.query_transfer(_number(payout))
    is_waiting = told is not None and told.state == "WAIT_USER_CONFIRM" and payout["st"] == rules.SENDING
    if is_waiting and "lost" in payout:
        pay.cancel_transfer(_number(payout))
    elif is_waiting or (told is None and "refused" not in payout):
        _ask(payout, pay, now)
    elif told is not None:
        _apply(payout, told, now)


def receive_notification(number: str, state: str, amount_fen: int, why: str | None, now: Millis) -> None:
    """A verified notification, at any time and any number of times."""
    found = rules.read_number(number)
    member_id = None if found is None else follow_up_tables.owner_of(found[0])
    if found is None or member_id is None:
        logger().info("A notification names no payout of ours", out_bill_no=number, state=state)
        return
    _end(member_id, *found, state, amount_fen, why, now)


def _ask(payout: Item, pay: Pay, now: Millis) -> None:
    """Ask for the transfer. A refusal is not the end: an earlier try with this number may have been executed."""
    try:
        told = pay.create_transfer(rules.thaw(payout["bill"], _number(payout), payee_names.name_in(payout)))
    except Refused as error:
        if error.retryable or error.api != _CREATE:
            raise
        _record_refusal(payout, error, now)
        return
    if told.state == "WAIT_USER_CONFIRM" and not told.package_info:
        _cancel(payout, pay)
    else:
        _apply(payout, told, now)


def _record_refusal(payout: Item, error: Refused, now: Millis) -> None:
    member_id, payout_id = _member(payout), payout["sk"]
    logger().error("WeChat Pay refuses a payout", payout_id=payout_id, code=error.code, detail=error.detail)
    count("PayoutRefused")
    if tables.mark_refused(member_id, payout_id, payout["attempt"], error.code, now):
        follow_up_tables.put_action(follow_up_tables.REFUSED, payout_id, member_id, now)


def _cancel(payout: Item, pay: Pay) -> None:
    """Nobody can confirm a bill whose package is gone: cancelled by WeChat Pay, the next attempt takes its place."""
    if tables.mark_lost(_member(payout), payout["sk"], payout["attempt"]):
        count("PayoutPackageLost")
        pay.cancel_transfer(_number(payout))


def _apply(payout: Item, told: TransferState, now: Millis) -> None:
    member_id, payout_id, attempt = _member(payout), payout["sk"], payout["attempt"]
    if told.is_final:
        _end(member_id, payout_id, attempt, told.state, told.amount_fen, told.fail_reason, now)
    elif told.state == "WAIT_USER_CONFIRM" and told.package_info:
        # Counted from when we began: WeChat Pay made the bill at that moment or later.
        before = payout["sent_at"] + rules.CONFIRM_WITHIN
        tables.wait_for_payee(member_id, payout_id, attempt, told.package_info, before)


def _end(
    member_id: str, payout_id: str, attempt: int, told: str, amount_fen: int, why: str | None, now: Millis
) -> None:
    if told == "CANCELLED" and tables.start_over(member_id, payout_id, attempt):
        return
    state = rules.SUCCESS if told == "SUCCESS" else rules.FAILED
    outcome = tables.end(member_id, payout_id, attempt, state, amount_fen, why or told, now)
    if outcome.done:
        count("PayoutEnded", state=state)
    elif not _had_ended_so(outcome.item, attempt, state, amount_fen):
        logger().error("WeChat Pay contradicts a payout", payout_id=payout_id, attempt=attempt, told=told)
        count("PayoutContradicted")
        return
    if state == rules.FAILED and outcome.item["st"] == rules.FAILED:
        follow_up_tables.put_action(follow_up_tables.FAILED, payout_id, member_id, now)


def _had_ended_so(payout: Item, attempt: int, state: str, amount_fen: int) -> bool:
    """Whether an earlier delivery of the same word had its effect."""
    if payout.get("attempt", 0) > attempt:
        return state == rules.FAILED
    known = rules.FAILED if payout.get("st") == rules.RELEASED else payout.get("st")
    return known == state and payout.get("amount_fen") == amount_fen


def _member(payout: Item) -> str:
    return str(payout["pk"].removeprefix("MBR#"))


def _number(payout: Item) -> str:
    return rules.out_bill_no(payout["sk"], payout["attempt"])
