"""Payouts that do not simply arrive: refused ones, lost packages, names, WeChat Pay down; and what operators do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.kernel.clock import DAY, HOUR, MINUTE, SECOND
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import breaker, operator_actions, rules, sending, service
from chalicelib.payouts import jobs as payout_jobs
from chalicelib.payouts import tables as payout_tables
from chalicelib.runtime.events.queues import Event
from chalicelib.wechat.pay import Pay
from chalicelib.wechat.pay_bills import TransferState
from tests.support import drain

LARGE_FEN = 200_000


@pytest.fixture(autouse=True)
def _well(stack: str) -> Any:
    breaker.resume()
    drain(sending.QUEUE)
    yield
    breaker.resume()


def state_of(asked: dict[str, Any]) -> dict[str, Any]:
    found = service.find(source=asked["source"], source_id=asked["source_id"], member_id=asked["member_id"])
    assert found is not None
    return found


def send(asked: dict[str, Any], payout_id: str, pay: Any, later: int = 0) -> None:
    sending.send(asked["member_id"], payout_id, pay=pay, now=asked["now"] + later)


def event_of(asked: dict[str, Any], payout_id: str) -> Event:
    return Event("e", "payout.requested", asked["now"], {"member_id": asked["member_id"], "payout_id": payout_id})


def listed(kind: str) -> list[str]:
    """Every payout on an operator's list."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        found, cursor = operator_actions.page_of(kind, 100, cursor)
        ids += [one.payout["sk"] for one in found]
        if cursor is None:
            return ids


@pytest.fixture
def refused(asked: dict[str, Any], pay: Any, wechat_pay: Any) -> str:
    """A payout that WeChat Pay does not take: the openid belongs to another app."""
    asked["openid"] = "nobody"
    payout_id = service.request(**asked)
    send(asked, payout_id, pay)
    return payout_id


def test_another_member_is_refused_for_a_source_whose_payout_has_ended(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    sending.receive_notification(rules.out_bill_no(payout_id, 1), "SUCCESS", 123, None, asked["now"])

    with pytest.raises(SiyuError) as error:
        service.request(**{**asked, "member_id": "mbr_" + "0" * 26, "now": asked["now"] + 40 * DAY})

    assert error.value.code == "conflict"


def test_a_refused_payout_is_listed_and_not_asked_for_again_until_an_operator_says_so(
    asked: dict[str, Any], refused: str, pay: Any, wechat_pay: Any
) -> None:
    number = rules.out_bill_no(refused, 1)
    payout_jobs.reconcile(pay, asked["now"] + HOUR)

    assert refused in listed(operator_actions.REFUSED)
    assert number not in {bill["out_bill_no"] for bill in wechat_pay.control("GET", "transfers")["items"]}
    assert state_of(asked)["st"] == rules.SENDING

    operator_actions.retry(refused, asked["now"] + 2 * HOUR)
    assert refused not in listed(operator_actions.REFUSED)
    assert [event["data"]["payout_id"] for event in drain(sending.QUEUE)] == [refused]
    send(asked, refused, pay, later=2 * HOUR)
    assert refused in listed(operator_actions.REFUSED)
    assert wechat_pay.bill(number) is None


def test_a_refused_payout_is_released_a_day_later_and_not_before(asked: dict[str, Any], refused: str, pay: Any) -> None:
    with pytest.raises(SiyuError) as early:
        operator_actions.release(refused, pay, asked["now"] + HOUR)

    assert early.value.code == "conflict"
    assert operator_actions.release(refused, pay, asked["now"] + DAY)["st"] == rules.RELEASED
    assert operator_actions.release(refused, pay, asked["now"] + DAY)["st"] == rules.RELEASED
    assert listed(operator_actions.REFUSED).count(refused) == 0


def test_a_refused_try_of_a_bill_that_exists_all_the_same_is_paid(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    payout_tables.begin_sending(asked["member_id"], payout_id, asked["now"])
    pay.create_transfer(rules.thaw(state_of(asked)["bill"], rules.out_bill_no(payout_id, 1)))
    payout_tables.mark_refused(asked["member_id"], payout_id, 1, "PARAM_ERROR", asked["now"])

    payout_jobs.reconcile(pay, asked["now"] + HOUR)

    assert state_of(asked)["st"] == rules.WAIT_CONFIRM
    assert "refused" not in state_of(asked)


def test_a_failed_payout_is_listed_until_it_is_tried_again_or_released(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    wechat_pay.end(rules.out_bill_no(payout_id, 1), "fail")
    payout_jobs.reconcile(pay, asked["now"] + HOUR)
    before = listed(operator_actions.FAILED)

    again = operator_actions.retry(payout_id, asked["now"] + HOUR)
    send(asked, payout_id, pay, later=HOUR)

    assert payout_id in before
    assert (again["st"], again["attempt"]) == (rules.RESERVED, 2)
    assert payout_id not in listed(operator_actions.FAILED)
    assert wechat_pay.bill(rules.out_bill_no(payout_id, 2))["state"] == "WAIT_USER_CONFIRM"
    with pytest.raises(SiyuError) as busy:
        operator_actions.retry(payout_id, asked["now"] + HOUR)
    assert busy.value.code == "conflict"


def test_releasing_one_that_waits_for_its_payee_cancels_it_at_the_wechat_pay_first(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    waiting = operator_actions.release(payout_id, pay, asked["now"])
    sending.receive_notification(rules.out_bill_no(payout_id, 1), "CANCELLED", 123, "MCH_CANCEL", asked["now"])

    assert waiting["st"] == rules.WAIT_CONFIRM
    assert operator_actions.release(payout_id, pay, asked["now"])["st"] == rules.RELEASED


def test_a_paid_one_is_neither_sent_again_nor_released(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    sending.receive_notification(rules.out_bill_no(payout_id, 1), "SUCCESS", 123, None, asked["now"])

    for step in (lambda: operator_actions.retry(payout_id, 1), lambda: operator_actions.release(payout_id, pay, 1)):
        with pytest.raises(SiyuError) as error:
            step()
        assert error.value.code == "conflict"


class WithoutPackages(Pay):
    """WeChat Pay as it may answer a request that it has seen before: the bill, without its package."""

    def create_transfer(self, bill: Any) -> TransferState:
        return msgspec.structs.replace(super().create_transfer(bill), package_info=None)


def test_a_bill_whose_package_is_gone_is_cancelled_and_asked_for_anew(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    forgetful = WithoutPackages.__new__(WithoutPackages)
    forgetful.__dict__ = pay.__dict__
    send(asked, payout_id, forgetful)
    first = rules.out_bill_no(payout_id, 1)
    assert state_of(asked)["st"] == rules.SENDING

    sending.receive_notification(first, "CANCELLED", 123, "MCH_CANCEL", asked["now"] + SECOND)
    sending.receive_notification(first, "CANCELLED", 123, "MCH_CANCEL", asked["now"] + SECOND)
    again = state_of(asked)
    send(asked, payout_id, pay, later=SECOND)

    assert (again["st"], again["attempt"]) == (rules.RESERVED, 2)
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM
    bills = [bill for bill in wechat_pay.control("GET", "transfers")["items"] if bill["openid"] == asked["openid"]]
    assert [bill["state"] for bill in bills] in (["CANCELING", "WAIT_USER_CONFIRM"], ["CANCELLED", "WAIT_USER_CONFIRM"])


@pytest.fixture
def large(asked: dict[str, Any], wechat_pay: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Any) -> Any:
    """The merchant allows 3,000 yuan a transfer."""
    from chalicelib.runtime.settings import settings

    monkeypatch.setenv("SIYU_PAYOUT_MAX_FEN", "300000")
    settings.cache_clear()
    sandbox.control("PUT", "settings", {"transfer_max_fen": 300_000})
    yield service.request(**{**asked, "amount_fen": LARGE_FEN})
    monkeypatch.undo()
    settings.cache_clear()
    sandbox.control("PUT", "settings", {"transfer_max_fen": 20_000})


def test_from_2000_yuan_nothing_is_sent_before_the_name_is_given(
    asked: dict[str, Any], large: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, large, pay)
    before = service.standing_of(state_of(asked))
    service.name_payee(asked["member_id"], asked["source_id"], "王小明")
    stored = state_of(asked)
    send(asked, large, pay)
    told = pay.query_transfer(rules.out_bill_no(large, 1))

    assert (before.state, before.needs_name) == ("waiting", True)
    assert "王小明" not in repr(stored)
    assert told is not None
    assert told.amount_fen == LARGE_FEN
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM
    sending.receive_notification(rules.out_bill_no(large, 1), "SUCCESS", LARGE_FEN, None, asked["now"])
    assert "sealed_name" not in state_of(asked)
    with pytest.raises(SiyuError) as twice:
        service.name_payee(asked["member_id"], asked["source_id"], "李雷")
    assert twice.value.code == "conflict"


def test_a_lost_answer_repeats_the_name_that_was_given(
    asked: dict[str, Any], large: str, pay: Any, wechat_pay: Any
) -> None:
    service.name_payee(asked["member_id"], large, "王小明")
    payout_tables.begin_sending(asked["member_id"], large, asked["now"])
    wechat_pay.fault("timeout_after")

    for _ in range(2):
        sending.follow_up(state_of(asked), pay, asked["now"])

    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_nobody_names_the_payee_of_anothers_packet(asked: dict[str, Any], large: str) -> None:
    with pytest.raises(SiyuError) as error:
        service.name_payee("mbr_" + "0" * 26, asked["source_id"], "王小明")

    assert error.value.code == "not_found"


def test_a_dead_wechat_pay_pauses_payouts_loses_nothing_and_goes_on_by_itself(
    asked: dict[str, Any], pay: Any, wechat_pay: Any
) -> None:
    payouts = [service.request(**{**asked, "source_id": f"{asked['source_id']}-{n}"}) for n in range(12)]
    wechat_pay.fault("errcode", 100, path="/v3/fund-app/mch-transfer/transfer-bills", errcode="NOT_ENOUGH")
    for payout_id in payouts:
        sending.work_off(event_of(asked, payout_id), pay=pay, now=asked["now"])
    tried = sum(payout_tables.find(asked["member_id"], payout_id)["st"] == rules.SENDING for payout_id in payouts)  # type: ignore[index]

    assert breaker.state().is_paused
    assert breaker.state().why == "NOT_ENOUGH"
    assert tried == breaker.FAULTS_A_MINUTE
    payout_jobs.reconcile(pay, asked["now"] + MINUTE)
    assert breaker.state().is_paused

    wechat_pay.control("DELETE", "faults")
    payout_jobs.reconcile(pay, asked["now"] + 2 * MINUTE)
    assert not breaker.state().is_paused
    payout_jobs.reconcile(pay, asked["now"] + HOUR)
    states = {payout_tables.find(asked["member_id"], payout_id)["st"] for payout_id in payouts}  # type: ignore[index]
    assert states == {rules.WAIT_CONFIRM}
    numbers = [rules.out_bill_no(payout_id, 1) for payout_id in payouts]
    bills = [bill for bill in wechat_pay.control("GET", "transfers")["items"] if bill["out_bill_no"] in numbers]
    assert [bill["amount_fen"] for bill in bills] == [123] * 12


def test_what_an_operator_paused_only_an_operator_resumes(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    breaker.pause("operator", asked["now"])
    sending.work_off(event_of(asked, payout_id), pay=pay, now=asked["now"])
    payout_jobs.reconcile(pay, asked["now"] + HOUR)

    assert state_of(asked)["st"] == rules.RESERVED
    breaker.resume()
    payout_jobs.reconcile(pay, asked["now"] + 2 * HOUR)
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_a_payout_that_the_wechat_pay_will_soon_forget_is_listed(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    payout_jobs.reconcile(pay, asked["now"] + 29 * DAY)

    assert payout_id in listed(operator_actions.HORIZON)


def test_expiry_is_the_rails_word_and_not_our_clocks(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    payout_jobs.reconcile(pay, asked["now"] + DAY + HOUR)
    still = state_of(asked)["st"]
    wechat_pay.end(rules.out_bill_no(payout_id, 1), "expire")
    payout_jobs.reconcile(pay, asked["now"] + 2 * DAY)

    assert still == rules.WAIT_CONFIRM
    assert rules.state_seen(state_of(asked)["st"], state_of(asked)["why"]) == "expired"
