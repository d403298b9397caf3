"""Transfers that are accepted or in progress before the user is asked, and those that are not found any more."""

from typing import Any

import pytest
import requests

from tests.sandbox.driver import BILLS, Driver, MovableClock, Receiver

HOUR = 3600


def made(driver: Driver, **changes: Any) -> tuple[str, dict[str, Any], Any]:
    """A new bill: its number, the request and the answer."""
    bill = driver.bill(driver.customer()["openid"], **changes)
    answer = driver.pay("POST", BILLS, bill)
    assert answer.status_code == 200
    return bill["out_bill_no"], bill, answer.json()


def asked(driver: Driver, number: str, clock: MovableClock | None = None) -> Any:
    timestamp = int(clock()) if clock else None
    return driver.pay("GET", f"{BILLS}/out-bill-no/{number}", timestamp=timestamp).json()


def begin_in(driver: Driver, state: str, seconds: int | None = None) -> None:
    driver.control("PUT", "settings", {"transfer_first_state": state, "transfer_state_seconds": seconds})


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
def test_a_bill_begins_in_the_state_that_was_set_without_a_package(driver: Driver, state: str) -> None:
    begin_in(driver, state)

    number, bill, answer = made(driver)

    assert (answer["state"], "package_info" in answer) == (state, False)
    assert asked(driver, number)["state"] == state
    again = driver.pay("POST", BILLS, bill).json()
    assert (again["state"], "package_info" in again) == (state, False)


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
def test_after_its_time_the_user_is_asked(driver: Driver, clock: MovableClock, state: str) -> None:
    begin_in(driver, state, 60)
    number, bill, _ = made(driver)

    clock.advance(58)
    before = asked(driver, number, clock)["state"]
    clock.advance(3)
    after = asked(driver, number, clock)

    assert (before, after["state"]) == (state, "WAIT_USER_CONFIRM")
    assert driver.pay("POST", BILLS, bill, timestamp=int(clock())).json()["package_info"]
    driver.control("POST", f"transfers/{number}/confirm")
    assert driver.control("GET", "transfers")["paid_fen"] == 888


def test_without_a_time_it_stays_until_it_is_moved(driver: Driver, clock: MovableClock) -> None:
    begin_in(driver, "PROCESSING")
    number, _, _ = made(driver)
    clock.advance(30 * HOUR)

    assert asked(driver, number, clock)["state"] == "PROCESSING"


def test_zero_seconds_are_over_at_the_next_look(driver: Driver) -> None:
    begin_in(driver, "ACCEPTED", 0)

    number, _, answer = made(driver)

    assert (answer["state"], asked(driver, number)["state"]) == ("ACCEPTED", "WAIT_USER_CONFIRM")


def test_the_24_hours_begin_when_the_user_is_asked(driver: Driver, clock: MovableClock) -> None:
    begin_in(driver, "ACCEPTED", HOUR)
    number, _, _ = made(driver)

    clock.advance(24 * HOUR + 60)
    waiting = asked(driver, number, clock)["state"]
    clock.advance(HOUR)

    assert waiting == "WAIT_USER_CONFIRM"
    assert asked(driver, number, clock)["fail_reason"] == "OVERDUE_CLOSE"


def test_both_steps_are_taken_when_nobody_looked_for_long(driver: Driver, clock: MovableClock) -> None:
    begin_in(driver, "ACCEPTED", HOUR)
    number, _, _ = made(driver)
    clock.advance(26 * HOUR)

    assert asked(driver, number, clock)["state"] == "FAIL"


def test_a_setting_holds_for_bills_to_come_and_null_is_the_default_again(driver: Driver) -> None:
    begin_in(driver, "ACCEPTED", 60)
    number, _, _ = made(driver)

    settings = driver.control("PUT", "settings", {"transfer_first_state": None, "transfer_state_seconds": None})

    assert "transfer_first_state" not in settings
    assert "transfer_state_seconds" not in settings
    assert asked(driver, number)["state"] == "ACCEPTED"
    assert made(driver)[2]["state"] == "WAIT_USER_CONFIRM"


@pytest.mark.parametrize(
    "body",
    [
        {"transfer_first_state": "SUCCESS"},
        {"transfer_first_state": "accepted"},
        {"transfer_first_state": 1},
        {"transfer_state_seconds": -1},
        {"transfer_state_seconds": "60"},
        {"transfer_state_seconds": 1.5},
        {"balance_fen": -1},
        {"balance_fen": "1000"},
        {"balance_fen": True},
        {"transfer_first_state": "ACCEPTED", "balance": 1},
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(driver: Driver, body: dict[str, Any]) -> None:
    before = driver.control("GET", "settings")

    assert driver.control("PUT", "settings", body, status=400)["error"]["message"]
    assert driver.control("GET", "settings") == before


def test_a_bill_is_moved_to_and_fro_in_silence_until_it_ends(driver: Driver, receiver: Receiver) -> None:
    number, bill, _ = made(driver, notify_url=f"{receiver.url}/pay")

    for state in ("PROCESSING", "ACCEPTED", "ACCEPTED", "WAIT_USER_CONFIRM", "PROCESSING", "WAIT_USER_CONFIRM"):
        moved = driver.control("POST", f"transfers/{number}/state", {"state": state})
        assert (moved["state"], asked(driver, number)["state"]) == (state, state)
    assert receiver.arrived == []
    assert driver.pay("POST", BILLS, bill).json()["package_info"]
    driver.control("POST", f"transfers/{number}/confirm")

    assert len(receiver.arrived) == 1
    driver.control("POST", f"transfers/{number}/state", {"state": "WAIT_USER_CONFIRM"}, status=409)
    assert asked(driver, number)["state"] == "SUCCESS"


def test_a_moved_bill_stays_where_it_was_moved_to(driver: Driver, clock: MovableClock) -> None:
    begin_in(driver, "ACCEPTED", 60)
    number, _, _ = made(driver)
    driver.control("POST", f"transfers/{number}/state", {"state": "PROCESSING"})
    clock.advance(HOUR)

    assert asked(driver, number, clock)["state"] == "PROCESSING"


@pytest.mark.parametrize(
    "body", [{}, {"state": "SUCCESS"}, {"state": "CANCELING"}, {"state": 1}, {"status": "ACCEPTED"}]
)
def test_a_wrong_state_is_refused(driver: Driver, body: dict[str, Any]) -> None:
    number, _, _ = made(driver)

    assert driver.control("POST", f"transfers/{number}/state", body, status=400)["error"]["message"]
    assert asked(driver, number)["state"] == "WAIT_USER_CONFIRM"


def test_unknown_numbers_are_not_moved_and_not_forgotten(driver: Driver) -> None:
    driver.control("POST", "transfers/none/state", {"state": "ACCEPTED"}, status=404)
    driver.control("POST", "transfers/none/forget", status=404)


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
def test_before_the_user_is_asked_nobody_confirms_or_lets_it_expire(driver: Driver, state: str) -> None:
    begin_in(driver, state)
    number, _, _ = made(driver)

    for end in ("confirm", "expire"):
        driver.control("POST", f"transfers/{number}/{end}", status=409)

    assert asked(driver, number)["state"] == state
    assert driver.control("GET", "transfers")["paid_fen"] == 0


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING"])
def test_before_the_user_is_asked_a_bill_can_fail_and_be_cancelled(
    driver: Driver, clock: MovableClock, state: str
) -> None:
    begin_in(driver, state, 60)
    failed, cancelled = made(driver)[0], made(driver)[0]

    driver.control("POST", f"transfers/{failed}/fail", {"fail_reason": "REAL_NAME_CHECK_FAIL"})
    answer = driver.pay("POST", f"{BILLS}/out-bill-no/{cancelled}/cancel").json()
    clock.advance(120)

    assert answer["state"] == "CANCELING"
    assert [asked(driver, number, clock)["state"] for number in (failed, cancelled)] == ["FAIL", "CANCELLED"]


def test_a_bill_in_progress_is_paid_for(driver: Driver) -> None:
    driver.control("PUT", "settings", {"balance_fen": 1000})
    begin_in(driver, "PROCESSING")
    made(driver)

    other = driver.pay("POST", BILLS, driver.bill(driver.customer()["openid"]))

    assert (other.status_code, other.json()["code"]) == (403, "NOT_ENOUGH")


def not_found(answer: requests.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_forgotten_bill_is_not_found_by_either_number(driver: Driver) -> None:
    number, _, answer = made(driver)

    driver.control("POST", f"transfers/{number}/forget")

    assert not_found(driver.pay("GET", f"{BILLS}/out-bill-no/{number}"))
    assert not_found(driver.pay("GET", f"{BILLS}/transfer-bill-no/{answer['transfer_bill_no']}"))
    assert not_found(driver.pay("POST", f"{BILLS}/out-bill-no/{number}/cancel"))


def test_a_forgotten_number_is_never_paid_twice(driver: Driver) -> None:
    number, bill, answer = made(driver)
    driver.control("POST", f"transfers/{number}/confirm")
    driver.control("POST", f"transfers/{number}/forget")

    again = driver.pay("POST", BILLS, bill).json()
    other = driver.pay("POST", BILLS, {**bill, "transfer_amount": 889})

    assert (again["transfer_bill_no"], again["state"]) == (answer["transfer_bill_no"], "SUCCESS")
    assert (other.status_code, other.json()["code"]) == (400, "ALREADY_EXISTS")
    assert not_found(driver.pay("GET", f"{BILLS}/out-bill-no/{number}"))
    shown = driver.control("GET", "transfers")
    assert (shown["paid_fen"], [item["forgotten"] for item in shown["items"]]) == (888, [True])


def test_a_forgotten_bill_that_waits_can_still_be_confirmed_and_is_notified(driver: Driver, receiver: Receiver) -> None:
    number, _, _ = made(driver, notify_url=f"{receiver.url}/pay")
    driver.control("POST", f"transfers/{number}/forget")

    driver.control("POST", f"transfers/{number}/confirm")

    assert len(receiver.arrived) == 1
    assert driver.control("GET", "transfers")["paid_fen"] == 888
