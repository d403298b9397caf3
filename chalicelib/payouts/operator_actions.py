"""What operators do about payouts that did not arrive: see them, send them again, or take the money back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.payouts import follow_up_tables, rules, sending, service, tables
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event

if TYPE_CHECKING:
    from chalicelib.wechat.pay import Pay

FAILED: Final = follow_up_tables.FAILED
REFUSED: Final = follow_up_tables.REFUSED
HORIZON: Final = follow_up_tables.HORIZON


class ListedPayout(NamedTuple):
    """A payout on an operator's list, and since when it stands there."""

    payout: Item
    since: Millis


def page_of(kind: str, limit: int, cursor: str | None) -> tuple[list[ListedPayout], str | None]:
    """A page of payouts that are `failed`, `refused` or `near_horizon`; what was mended meanwhile leaves the list."""
    rows, following = follow_up_tables.actions(kind, limit, cursor)
    payouts = tables.find_all((row["member_id"], row["sk"]) for row in rows)
    found = []
    for row in rows:
        payout = payouts.get(row["sk"])
        if payout is not None and _is_so(kind, payout):
            found.append(ListedPayout(payout, row["at"]))
        elif payout is not None:
            follow_up_tables.drop_action(kind, row["sk"])
    return found, following


def find(payout_id: str) -> Item:
    """A payout by its id alone, read strongly; 404."""
    member_id = follow_up_tables.owner_of(payout_id)
    payout = None if member_id is None else tables.find(member_id, payout_id, strong=True)
    if payout is None:
        raise not_found("payout", payout_id)
    return payout


def retry(payout_id: str, now: Millis) -> Item:
    """Send again: one that failed under a new number, one that was refused under its own. 409 `conflict` else."""
    payout = find(payout_id)
    member_id, attempt = _member(payout), payout["attempt"]
    if payout["st"] == rules.FAILED and service.try_again(member_id, payout_id, attempt, now):
        return find(payout_id)
    if payout["st"] == rules.SENDING and tables.clear_refusal(member_id, payout_id, attempt):
        follow_up_tables.drop_action(REFUSED, payout_id)
        facts = {"member_id": member_id, "payout_id": payout_id, "attempt": attempt}
        queues.send(sending.QUEUE, [Event(f"retry:{payout_id}:{attempt}:{now}", "payout.requested", now, facts)])
        return find(payout_id)
    raise _conflict(payout)


def release(payout_id: str, pay: Pay, now: Millis) -> Item:
    """Take the money back, unless the payee has it or may still get it; the payout as it stands then.

    One that waits for its payee is cancelled at WeChat Pay: it is released when WeChat Pay has said so. One that was
    refused is given up a day later, when WeChat Pay still does not know it. 409 `conflict` else.
    """
    payout = find(payout_id)
    member_id, attempt, state = _member(payout), payout["attempt"], payout["st"]
    if state == rules.RESERVED:
        service.withdraw(member_id, payout_id, now)
    elif state == rules.WAIT_CONFIRM:
        pay.cancel_transfer(rules.out_bill_no(payout_id, attempt))
        return find(payout_id)
    elif state == rules.SENDING and "refused" in payout:
        _give_up(payout, pay, now)
    if not service.release(member_id, payout_id, attempt):
        raise _conflict(find(payout_id))
    follow_up_tables.drop_action(REFUSED, payout_id)
    return find(payout_id)


def _give_up(payout: Item, pay: Pay, now: Millis) -> None:
    sending.follow_up(payout, pay, now)
    before = now - rules.REFUSED_FOR
    if payout["refused_at"] > before:
        opens = to_rfc3339(payout["refused_at"] + rules.REFUSED_FOR)
        raise SiyuError("conflict", f"WeChat Pay may still pay an earlier attempt. Release it after {opens}.")
    tables.give_up(_member(payout), payout["sk"], payout["attempt"], before, now)


def _is_so(kind: str, payout: Item) -> bool:
    if kind == FAILED:
        return bool(payout["st"] == rules.FAILED)
    if kind == REFUSED:
        return "refused" in payout
    return payout["st"] not in rules.ENDED


def _conflict(payout: Item) -> SiyuError:
    return SiyuError(
        "conflict", f"The payout is {payout['st']}. A payout that is on its way or has ended cannot be changed."
    )


def _member(payout: Item) -> str:
    return str(payout["pk"].removeprefix("MBR#"))
