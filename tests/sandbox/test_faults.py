"""Calls that go wrong on request."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox.driver import BILLS, Driver

SEND = "/cgi-bin/message/subscribe/send"


def fault(driver: Driver, path: str, mode: str, **more: Any) -> None:
    driver.control("POST", "faults", {"path": path, "mode": mode, "times": 1, **more})


def send(driver: Driver) -> requests.Response:
    token = driver.mini_token()["access_token"]
    body = {"touser": driver.customer()["openid"], "template_id": "t", "data": {"thing1": {"value": "会员日"}}}
    return requests.post(f"{driver.url}{SEND}?access_token={token}", json=body, timeout=60)


def delivered(driver: Driver) -> int:
    return len(driver.control("GET", "messages")["items"])


def test_http_500_is_not_executed_and_passes(driver: Driver) -> None:
    fault(driver, SEND, "http_500")

    assert send(driver).status_code == 500
    assert delivered(driver) == 0
    assert send(driver).json()["errcode"] == 0
    assert delivered(driver) == 1


def test_an_errcode_is_not_executed(driver: Driver) -> None:
    fault(driver, "/cgi-bin/message", "errcode", errcode=45009)
    fault(driver, "/cgi-bin/message", "errcode")

    assert [send(driver).json()["errcode"] for _ in range(3)] == [45009, -1, 0]
    assert delivered(driver) == 1


@pytest.mark.parametrize(("mode", "executed"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_timeout_closes_the_connection_without_an_answer(driver: Driver, mode: str, executed: int) -> None:
    fault(driver, SEND, mode, seconds=0.2)

    with pytest.raises(requests.ConnectionError):
        send(driver)

    assert delivered(driver) == executed


def test_the_caller_gives_up_before_the_connection_closes(driver: Driver) -> None:
    fault(driver, "/cgi-bin/stable_token", "timeout_after", seconds=3)

    with pytest.raises(requests.Timeout):
        requests.post(f"{driver.url}/cgi-bin/stable_token", json={}, timeout=0.1)

    assert driver.mini_token()["access_token"]


def test_a_held_connection_blocks_nobody(driver: Driver) -> None:
    fault(driver, SEND, "slow", seconds=1)
    driver.mini_token()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(send, driver)
        quick = [driver.customer() for _ in range(3)]
        still_held = not slow.done()
        answer = slow.result()

    assert all(customer["openid"] for customer in quick)
    assert still_held
    assert answer.json()["errcode"] == 0
    assert answer.elapsed.total_seconds() >= 1


def test_pay_faults_look_like_pay(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])
    fault(driver, "/v3", "errcode", errcode="FREQUENCY_LIMITED")
    fault(driver, "/v3", "errcode")

    answers = [driver.pay("POST", BILLS, bill) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 500, 200]
    assert answers[1].json()["code"] == "SYSTEM_ERROR"
    assert driver.control("GET", "transfers")["items"][0]["requests"] == 3


def test_a_lost_answer_leaves_a_bill(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])
    fault(driver, BILLS, "timeout_after", seconds=0.1)

    with pytest.raises(requests.ConnectionError):
        driver.pay("POST", BILLS, bill)

    (shown,) = driver.control("GET", "transfers")["items"]
    assert (shown["out_bill_no"], shown["state"], shown["requests"]) == (bill["out_bill_no"], "WAIT_USER_CONFIRM", 1)


def test_faults_are_shared_out_exactly_and_can_be_cleared(driver: Driver) -> None:
    driver.control("POST", "faults", {"path": "/cgi-bin/stable_token", "mode": "http_500", "times": 5})
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: requests.post(f"{driver.url}/cgi-bin/stable_token", timeout=60), range(8))
        statuses = [answer.status_code for answer in answers]
    fault(driver, "/cgi-bin", "http_500", times=9)
    removed = driver.control("DELETE", "faults")

    assert statuses.count(500) == 5
    assert removed == {"removed": 1}
    assert driver.mini_token()["access_token"]


def test_calls_are_listed_without_secrets(driver: Driver) -> None:
    fault(driver, "/sns", "http_500")
    requests.get(f"{driver.url}/sns/jscode2session?js_code=secret-code", timeout=60)
    driver.login("secret-code")

    shown = driver.control("GET", "calls")["items"]

    assert [(one["host"], one["path"], one["status"], one["result"], one["fault"]) for one in shown] == [
        ("api.weixin.qq.com", "/sns/jscode2session", 500, 500, "http_500"),
        ("api.weixin.qq.com", "/sns/jscode2session", 200, 40029, None),
    ]
    assert "secret-code" not in str(shown)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"path": "no-slash", "mode": "slow"},
        {"path": "/_control", "mode": "slow"},
        {"path": "/x", "mode": "explode"},
        {"path": "/x", "mode": "slow", "times": 0},
        {"path": "/x", "mode": "slow", "seconds": -1},
        {"path": "/x", "mode": "errcode", "errcode": {}},
        {"path": "/x", "mode": "slow", "typo": 1},
    ],
)
def test_wrong_faults_are_refused(driver: Driver, body: dict[str, Any]) -> None:
    assert driver.control("POST", "faults", body, status=400)["error"]["message"]
