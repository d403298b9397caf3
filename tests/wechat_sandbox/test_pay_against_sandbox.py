from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
import pytest

from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable
from chalicelib.wechat.gateways import PayConfig, build_pay
from chalicelib.wechat.pay import NotificationRefused, Pay
from chalicelib.wechat.pay_bills import ReportInfo, TransferBill
from infra.local.sandbox.server import SandboxServer
from tests.unit.wechat.wechat_host import FakeHost
from tests.waiting import waited
from tests.wechat_sandbox.conftest import MovableClock, World

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"


@pytest.fixture
def bill(world: World, inbox: FakeHost) -> TransferBill:
    return TransferBill(
        out_bill_no=secrets.token_hex(16),
        openid=world.customer()["openid"],
        amount_fen=888,
        remark="新会员红包",
        scene_id="1000",
        report_infos=(ReportInfo("活动名称", "新会员有礼"), ReportInfo("奖励说明", "扫码领取的红包")),
        notify_url=f"{inbox.url}/callbacks/wechat-pay",
    )


def paid_fen(world: World) -> int:
    return int(world.control("GET", "transfers")["paid_fen"])


def test_a_transfer_waits_for_the_payee_and_is_paid_once(
    world: World, pay: Pay, bill: TransferBill, inbox: FakeHost
) -> None:
    created = pay.create_transfer(bill)
    again = pay.create_transfer(bill)
    world.control("POST", f"transfers/{bill.out_bill_no}/confirm", {})
    asked = inbox.asked[-1]
    notified = pay.read_notification(asked.headers, asked.body, time.time())
    queried = pay.query_transfer(bill.out_bill_no)

    assert created == again
    assert (created.state, bool(created.package_info)) == ("WAIT_USER_CONFIRM", True)
    assert notified.is_paid
    assert (notified.amount_fen, notified.openid) == (888, bill.openid)
    assert queried is not None
    assert queried.is_paid
    assert paid_fen(world) == 888


@pytest.mark.parametrize("end", ["expire", "fail"])
def test_a_transfer_that_failed_says_why(world: World, pay: Pay, bill: TransferBill, inbox: FakeHost, end: str) -> None:
    pay.create_transfer(bill)

    world.control("POST", f"transfers/{bill.out_bill_no}/{end}", {})
    asked = inbox.asked[-1]
    notified = pay.read_notification(asked.headers, asked.body, time.time())

    assert notified.is_failed
    assert notified.fail_reason
    assert paid_fen(world) == 0


def test_a_cancellation_ends_cancelled(world: World, pay: Pay, bill: TransferBill) -> None:
    pay.create_transfer(bill)

    assert pay.cancel_transfer(bill.out_bill_no).state == "CANCELING"
    state = waited(lambda: pay.query_transfer(bill.out_bill_no), lambda found: bool(found and found.is_final))

    assert state is not None
    assert (state.state, state.is_failed, state.is_final) == ("CANCELLED", True, True)


def test_a_paid_transfer_can_not_be_cancelled(world: World, pay: Pay, bill: TransferBill) -> None:
    pay.create_transfer(bill)
    world.control("POST", f"transfers/{bill.out_bill_no}/confirm", {})

    with pytest.raises(Refused) as caught:
        pay.cancel_transfer(bill.out_bill_no)

    assert caught.value.code == "INVALID_REQUEST"


def test_an_unknown_number_is_none_for_a_query_and_refused_for_a_cancellation(pay: Pay) -> None:
    assert pay.query_transfer("nosuchbill") is None
    with pytest.raises(Refused) as caught:
        pay.cancel_transfer("nosuchbill")
    assert caught.value.code == "NOT_FOUND"


def test_the_same_number_with_another_amount_is_unknown(pay: Pay, bill: TransferBill) -> None:
    pay.create_transfer(bill)

    with pytest.raises(Unknown) as caught:
        pay.create_transfer(msgspec.structs.replace(bill, amount_fen=999))

    assert caught.value.code == "ALREADY_EXISTS"


def test_a_large_transfer_bears_the_sealed_name(world: World, pay: Pay, bill: TransferBill) -> None:
    world.control("PUT", "settings", {"transfer_max_fen": 500_000})
    large = msgspec.structs.replace(bill, amount_fen=200_000, user_name="王小明")

    assert pay.create_transfer(large).state == "WAIT_USER_CONFIRM"
    assert pay.create_transfer(large).state == "WAIT_USER_CONFIRM"  # sealed anew, the same bill
    assert len(world.transfers()) == 1


@pytest.mark.parametrize(
    ("changed", "code"), [({"openid": "nobody"}, "PARAM_ERROR"), ({"amount_fen": 9}, "INVALID_REQUEST")]
)
def test_a_bill_that_the_platform_refuses(
    world: World, pay: Pay, bill: TransferBill, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        pay.create_transfer(msgspec.structs.replace(bill, **changed))

    assert caught.value.code == code
    assert world.transfers() == []


def test_an_empty_account_is_for_an_operator(world: World, pay: Pay, bill: TransferBill) -> None:
    world.control("PUT", "settings", {"balance_fen": 100})

    with pytest.raises(Misconfigured, match="top it up"):
        pay.create_transfer(bill)


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
def test_a_transfer_before_its_payee_is_asked_is_neither_an_answer_nor_an_end(
    world: World, pay: Pay, bill: TransferBill, clock: MovableClock, state: str
) -> None:
    world.control("PUT", "settings", {"transfer_first_state": state, "transfer_state_seconds": 60})

    created, queried = pay.create_transfer(bill), pay.query_transfer(bill.out_bill_no)
    clock.advance(61)
    asked, again = pay.query_transfer(bill.out_bill_no), pay.create_transfer(bill)

    for told in (created, queried):
        assert told is not None
        assert (told.state, told.amount_fen, told.package_info) == (state, 888, None)
        assert (told.is_final, told.is_paid, told.is_failed) == (False, False, False)
    assert asked is not None
    assert asked.state == again.state == "WAIT_USER_CONFIRM"
    assert again.package_info
    assert len(world.transfers()) == 1


def test_a_transfer_that_goes_back_to_processing_has_no_package_until_it_waits_again(
    world: World, pay: Pay, bill: TransferBill
) -> None:
    package = pay.create_transfer(bill).package_info
    world.control("POST", f"transfers/{bill.out_bill_no}/state", {"state": "PROCESSING"})
    processing = pay.create_transfer(bill)
    world.control("POST", f"transfers/{bill.out_bill_no}/state", {"state": "WAIT_USER_CONFIRM"})

    assert (processing.state, processing.package_info) == ("PROCESSING", None)
    assert pay.create_transfer(bill).package_info == package


def test_an_account_that_runs_empty_refuses_and_pays_the_same_bill_when_it_is_filled(
    world: World, pay: Pay, bill: TransferBill
) -> None:
    world.control("PUT", "settings", {"balance_fen": 1000})
    pay.create_transfer(bill)
    second = msgspec.structs.replace(bill, out_bill_no=secrets.token_hex(16))

    with pytest.raises(Misconfigured) as caught:
        pay.create_transfer(second)
    unknown = pay.query_transfer(second.out_bill_no)
    world.control("POST", f"transfers/{bill.out_bill_no}/expire", {})

    assert (caught.value.code, unknown) == ("NOT_ENOUGH", None)
    assert pay.create_transfer(second).state == "WAIT_USER_CONFIRM"


def test_a_forgotten_transfer_is_not_found_and_the_same_again_is_the_same(
    world: World, pay: Pay, bill: TransferBill
) -> None:
    created = pay.create_transfer(bill)
    world.control("POST", f"transfers/{bill.out_bill_no}/confirm", {})
    world.control("POST", f"transfers/{bill.out_bill_no}/forget")

    assert pay.query_transfer(bill.out_bill_no) is None
    again = pay.create_transfer(bill)
    assert (again.transfer_bill_no, again.is_paid) == (created.transfer_bill_no, True)
    assert paid_fen(world) == 888


def test_a_payee_who_stays_silent_for_24_hours_of_the_sandboxs_clock_gets_nothing(
    world: World, pay: Pay, bill: TransferBill, clock: MovableClock, pay_config: PayConfig
) -> None:
    pay.create_transfer(bill)
    world.control("PUT", "clock", {"offset_seconds": 86_400})

    with pytest.raises(Misconfigured) as caught:
        pay.query_transfer(bill.out_bill_no)
    clock_of_siyu = MovableClock()
    clock_of_siyu.advance(86_400)
    state = build_pay(pay_config, clock_of_siyu).query_transfer(bill.out_bill_no)

    assert caught.value.code == "SIGN_ERROR"
    assert state is not None
    assert (state.state, state.fail_reason, state.is_failed) == ("FAIL", "OVERDUE_CLOSE", True)


def test_a_wrong_merchant_serial_is_for_an_operator(
    pay_config: PayConfig, clock: MovableClock, bill: TransferBill
) -> None:
    wrong = msgspec.structs.replace(pay_config, merchant_serial="00")

    with pytest.raises(Misconfigured) as caught:
        build_pay(wrong, clock).create_transfer(bill)

    assert caught.value.code == "SIGN_ERROR"


@pytest.mark.parametrize(
    ("mode", "errcode", "raised", "bills"),
    [
        ("http_500", None, Unknown, 0),
        ("errcode", "SYSTEM_ERROR", Unknown, 0),
        ("errcode", "FREQUENCY_LIMITED", Unknown, 0),
        ("errcode", "PARAM_ERROR", Refused, 0),
        ("errcode", "NO_AUTH", Misconfigured, 0),
        ("errcode", "NOT_ENOUGH", Misconfigured, 0),
        ("timeout_before", None, Unknown, 0),
        ("timeout_after", None, Unknown, 1),
        ("slow", None, None, 1),
    ],
)
def test_each_fault_ends_as_what_it_is_and_the_same_bill_again_pays_once(
    world: World,
    pay: Pay,
    bill: TransferBill,
    mode: str,
    errcode: str | None,
    raised: type[Exception] | None,
    bills: int,
) -> None:
    world.fault(BILLS, mode, 1, errcode)

    if raised is None:
        pay.create_transfer(bill)
    else:
        with pytest.raises(raised):
            pay.create_transfer(bill)
    assert len(world.transfers()) == bills
    assert world.calls_of(BILLS) == 1

    # What the caller does next: the same number, the same body.
    state = pay.query_transfer(bill.out_bill_no) or pay.create_transfer(bill)
    assert state.state == "WAIT_USER_CONFIRM"
    world.control("POST", f"transfers/{bill.out_bill_no}/confirm", {})
    assert paid_fen(world) == 888


@pytest.mark.parametrize("mode", ["http_500", "timeout_before", "timeout_after", "slow"])
def test_a_query_gets_over_one_fault_and_not_over_two(world: World, pay: Pay, bill: TransferBill, mode: str) -> None:
    pay.create_transfer(bill)
    world.fault(f"{BILLS}/out-bill-no", mode)

    assert pay.query_transfer(bill.out_bill_no) is not None

    if mode != "slow":
        world.fault(f"{BILLS}/out-bill-no", mode, 2)
        with pytest.raises(Unknown):
            pay.query_transfer(bill.out_bill_no)


def test_a_lost_cancellation_is_unknown_and_seen_by_a_query(world: World, pay: Pay, bill: TransferBill) -> None:
    pay.create_transfer(bill)
    world.fault(f"{BILLS}/out-bill-no", "timeout_after")

    with pytest.raises(Unknown):
        pay.cancel_transfer(bill.out_bill_no)
    state = pay.query_transfer(bill.out_bill_no)

    assert state is not None
    assert state.state in ("CANCELING", "CANCELLED")


def test_an_answer_by_a_foreign_key_is_unknown(
    world: World, pay_config: PayConfig, clock: MovableClock, bill: TransferBill
) -> None:
    from infra.local.sandbox.keys import make_keys

    serial = pay_config.platform_serial
    foreign = msgspec.structs.replace(pay_config, platform_keys={serial: make_keys().pay_public_key})

    with pytest.raises(Unknown) as caught:
        build_pay(foreign, clock).create_transfer(bill)

    assert caught.value.code == "bad_signature"
    assert len(world.transfers()) == 1


def test_a_notification_repeated_is_the_same_fact_and_refused_when_old_or_changed(
    world: World, pay: Pay, bill: TransferBill, inbox: FakeHost
) -> None:
    pay.create_transfer(bill)
    world.control("POST", f"transfers/{bill.out_bill_no}/confirm", {"times": 2})
    now = time.time()
    first, second = (pay.read_notification(asked.headers, asked.body, now) for asked in inbox.asked[-2:])
    asked = inbox.asked[-1]

    assert first == second
    with pytest.raises(NotificationRefused) as old:
        pay.read_notification(asked.headers, asked.body, now + 400)
    with pytest.raises(NotificationRefused) as changed:
        pay.read_notification(asked.headers, asked.body.replace(b"FINISHED", b"FINISHE2"), now)
    assert (old.value.reason, changed.value.reason) == ("stale", "bad_signature")


def test_a_platform_that_is_gone_is_unreachable(server: SandboxServer, pay: Pay, bill: TransferBill) -> None:
    server.stop()

    with pytest.raises(Unreachable):
        pay.create_transfer(bill)
