"""A payout reaches WeChat Pay once, whatever gets lost; the sandbox's ledger is the judge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY, HOUR, MINUTE
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import follow_up_tables, rules, sending, service
from chalicelib.payouts import jobs as payout_jobs
from chalicelib.payouts import tables as payout_tables
from chalicelib.wechat.errors import WeChatError


def state_of(asked: dict[str, Any]) -> dict[str, Any]:
    found = service.find(source=asked["source"], source_id=asked["source_id"], member_id=asked["member_id"])
    assert found is not None
    return found


def looks_of(payout_id: str) -> list[dict[str, Any]]:
    """When the reconciler is to look at this payout."""
    shards = (
        follow_up_tables.first_due(shard, 2 * 10**12, 1_000) for shard in range(follow_up_tables.FOLLOW_UP_SHARDS)
    )
    return [row for shard in shards for row in shard if follow_up_tables.payout_of(row) == payout_id]


def send(asked: dict[str, Any], payout_id: str, pay: Any, later: int = 0) -> None:
    sending.send(asked["member_id"], payout_id, pay=pay, now=asked["now"] + later)


def send_until_taken(asked: dict[str, Any], payout_id: str, pay: Any) -> int:
    """Deliver the event again and again, as SQS does; how often it failed."""
    for failures in range(9):
        try:
            send(asked, payout_id, pay)
        except WeChatError:
            continue
        return failures
    raise AssertionError("the payout was never taken")


def number_of(payout_id: str, attempt: int = 1) -> str:
    return rules.out_bill_no(payout_id, attempt)


def test_the_same_source_is_the_same_payout(asked: dict[str, Any]) -> None:
    assert service.request(**asked) == service.request(**asked)


def test_another_amount_for_the_same_source_is_refused(asked: dict[str, Any], payout_id: str) -> None:
    with pytest.raises(SiyuError) as refused:
        service.request(**{**asked, "amount_fen": 124})

    assert refused.value.code == "conflict"
    assert state_of(asked)["amount_fen"] == 123


def test_another_payee_for_the_same_source_is_refused(asked: dict[str, Any], payout_id: str) -> None:
    with pytest.raises(SiyuError):
        service.request(**{**asked, "member_id": "mbr_" + "0" * 26})


@pytest.mark.parametrize("amount_fen", [9, 20_001])
def test_an_amount_out_of_the_payers_range_is_refused(asked: dict[str, Any], amount_fen: int) -> None:
    with pytest.raises(SiyuError) as refused:
        service.request(**{**asked, "amount_fen": amount_fen})

    assert refused.value.code == "refused"


def test_a_payout_waits_for_its_payee_and_is_paid_by_the_notification(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    waiting = state_of(asked)
    wechat_pay.end(number_of(payout_id), "confirm")
    sending.receive_notification(number_of(payout_id), "SUCCESS", 123, None, asked["now"] + MINUTE)

    assert waiting["st"] == rules.WAIT_CONFIRM
    assert waiting["package_info"]
    assert waiting["confirm_before"] == asked["now"] + DAY
    assert state_of(asked)["st"] == rules.SUCCESS


def test_a_notification_twice_changes_nothing(asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any) -> None:
    send(asked, payout_id, pay)
    for moment in (1, 2):
        sending.receive_notification(number_of(payout_id), "SUCCESS", 123, None, asked["now"] + moment * MINUTE)

    assert state_of(asked)["ended_at"] == asked["now"] + MINUTE


def test_a_notification_before_the_answer_of_the_request_wins(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    payout_tables.begin_sending(asked["member_id"], payout_id, asked["now"])
    told = pay.create_transfer(rules.thaw(state_of(asked)["bill"], number_of(payout_id)))
    sending.receive_notification(number_of(payout_id), "SUCCESS", 123, None, asked["now"])

    sending._apply({**state_of(asked), "st": rules.SENDING}, told, asked["now"])

    assert state_of(asked)["st"] == rules.SUCCESS


def test_a_notification_with_another_amount_is_not_believed(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)

    sending.receive_notification(number_of(payout_id), "SUCCESS", 124, None, asked["now"])

    assert state_of(asked)["st"] == rules.WAIT_CONFIRM
    assert looks_of(payout_id)


@pytest.mark.parametrize("mode", ["timeout_after", "timeout_before", "http_500"])
@pytest.mark.parametrize("times", [1, 2, 4])
def test_lost_answers_end_in_one_bill(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any, mode: str, times: int
) -> None:
    wechat_pay.fault(mode, times, seconds=0.8)

    send_until_taken(asked, payout_id, pay)

    bills = [bill for bill in wechat_pay.control("GET", "transfers")["items"] if bill["openid"] == asked["openid"]]
    assert [bill["amount_fen"] for bill in bills] == [123]
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM
    assert state_of(asked)["package_info"]


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "FREQUENCY_LIMITED"])
def test_a_busy_wechat_pay_is_asked_again_under_the_same_number(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any, code: str
) -> None:
    wechat_pay.fault("errcode", 3, errcode=code)

    send_until_taken(asked, payout_id, pay)

    bill = wechat_pay.bill(number_of(payout_id))
    assert bill is not None
    assert bill["state"] == "WAIT_USER_CONFIRM"


def test_a_worker_that_died_after_the_request_is_finished_by_the_next(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    payout_tables.begin_sending(asked["member_id"], payout_id, asked["now"])
    pay.create_transfer(rules.thaw(state_of(asked)["bill"], number_of(payout_id)))

    send(asked, payout_id, pay)

    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_eight_workers_at_once_send_one_bill(asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: send(asked, payout_id, pay), range(8)))

    bills = [bill for bill in wechat_pay.control("GET", "transfers")["items"] if bill["openid"] == asked["openid"]]
    assert len(bills) == 1
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_a_definite_refusal_keeps_the_payout_open(asked: dict[str, Any], wechat_pay: Any, pay: Any) -> None:
    asked["openid"] = "nobody"
    payout_id = service.request(**asked)

    send(asked, payout_id, pay)

    assert state_of(asked)["st"] == rules.SENDING
    assert state_of(asked)["refused"] == "PARAM_ERROR"
    assert looks_of(payout_id)


def test_an_empty_account_raises_so_that_the_queue_tries_again(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    wechat_pay.fault("errcode", errcode="NOT_ENOUGH")

    assert send_until_taken(asked, payout_id, pay) == 1
    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_a_withdrawn_payout_is_never_sent(asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any) -> None:
    assert service.withdraw(asked["member_id"], payout_id, asked["now"])

    send(asked, payout_id, pay)

    assert wechat_pay.bill(number_of(payout_id)) is None
    assert state_of(asked)["st"] == rules.FAILED


def test_a_payout_on_its_way_can_not_be_withdrawn(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)

    assert not service.withdraw(asked["member_id"], payout_id, asked["now"])


@pytest.mark.parametrize(
    ("how", "state", "shown"),
    [("confirm", "SUCCESS", "paid"), ("expire", "FAILED", "expired"), ("fail", "FAILED", "failed")],
)
def test_the_reconciler_finds_what_the_notification_missed(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any, how: str, state: str, shown: str
) -> None:
    send(asked, payout_id, pay)
    wechat_pay.end(number_of(payout_id), how)

    payout_jobs.reconcile(pay, asked["now"] + HOUR)

    payout = state_of(asked)
    assert payout["st"] == state
    assert rules.state_seen(payout["st"], payout["why"]) == shown
    assert looks_of(payout_id) == []


def test_the_reconciler_sends_what_the_stream_lost(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    payout_jobs.reconcile(pay, asked["now"] + HOUR)

    assert state_of(asked)["st"] == rules.WAIT_CONFIRM


def test_the_reconciler_leaves_young_payouts_alone(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    payout_jobs.reconcile(pay, asked["now"] + MINUTE)

    assert state_of(asked)["st"] == rules.RESERVED


def test_a_look_at_a_payout_that_was_never_written_is_given_up(
    asked: dict[str, Any], pay: Any, wechat_pay: Any
) -> None:
    orphan = ids.derived_id("payout", "orphan", asked["source_id"])
    follow_up_tables.put_follow_up(orphan, asked["member_id"], asked["now"], asked["now"] + MINUTE)

    payout_jobs.reconcile(pay, asked["now"] + MINUTE)
    kept = looks_of(orphan)
    payout_jobs.reconcile(pay, asked["now"] + 2 * HOUR)

    assert len(kept) == 1
    assert looks_of(orphan) == []


def test_an_empty_account_keeps_nobody_elses_end_from_being_seen(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    wechat_pay.end(number_of(payout_id), "confirm")
    for place in range(3):
        service.request(**{**asked, "source_id": f"{asked['source_id']}-{place}"})
    wechat_pay.fault("errcode", 2, path="/v3/fund-app/mch-transfer/transfer-bills", errcode="NOT_ENOUGH")

    for hours in (1, 9):
        payout_jobs.reconcile(pay, asked["now"] + hours * HOUR)

    assert state_of(asked)["st"] == rules.SUCCESS


def test_a_failed_payout_is_released_or_tried_again_never_both(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    sending.receive_notification(number_of(payout_id), "FAIL", 123, "OVERDUE_CLOSE", asked["now"] + DAY)
    member_id = asked["member_id"]
    calls = [
        lambda: service.release(member_id, payout_id, 1),
        lambda: service.try_again(member_id, payout_id, 1, asked["now"]),
    ]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda place: calls[place % 2](), range(8)))

    released, again = set(answers[::2]), set(answers[1::2])
    assert (released, again) in (({True}, {False}), ({False}, {True}))


def test_a_second_attempt_has_a_number_of_its_own(
    asked: dict[str, Any], payout_id: str, pay: Any, wechat_pay: Any
) -> None:
    send(asked, payout_id, pay)
    wechat_pay.end(number_of(payout_id), "fail")
    payout_jobs.reconcile(pay, asked["now"] + HOUR)
    service.try_again(asked["member_id"], payout_id, 1, asked["now"] + HOUR)

    send(asked, payout_id, pay, later=HOUR)
    sending.receive_notification(number_of(payout_id), "FAIL", 123, "late", asked["now"] + HOUR)
    wechat_pay.end(number_of(payout_id, 2), "confirm")
    payout_jobs.reconcile(pay, asked["now"] + 3 * HOUR)

    payout = state_of(asked)
    assert (payout["st"], payout["attempt"]) == (rules.SUCCESS, 2)


def test_a_life_costs_six_writes_and_at_most_one_read(asked: dict[str, Any], pay: Any, wechat_pay: Any) -> None:
    from tests.tables.payouts.capacity import measured

    with measured() as spent:
        payout_id = service.request(**asked)
        send(asked, payout_id, pay)
        sending.receive_notification(number_of(payout_id), "SUCCESS", 123, None, asked["now"])

    assert spent.wru == 6
    assert spent.rru <= 1


def test_the_longest_texts_fit_into_a_kilobyte(asked: dict[str, Any], pay: Any, wechat_pay: Any) -> None:
    from tests.tables.payouts.capacity import measured

    with measured() as spent:
        payout_id = service.request(**{**asked, "remark": "春" * 40, "report": ("节" * 40, "奖" * 40)})
        send(asked, payout_id, pay)
        sending.receive_notification(number_of(payout_id), "SUCCESS", 123, None, asked["now"])

    assert spent.wru == 6
