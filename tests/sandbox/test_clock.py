"""The sandbox's clock: all of it lives as much later as it is told."""

import ast
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local import sandbox
from infra.local.sandbox.keys import SandboxKeys
from infra.local.sandbox.server import SandboxServer
from tests.sandbox.driver import BILLS, Driver, Receiver

DAY = 86400


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def assert_later_by(seconds: float, at: float) -> None:
    assert abs(at - time.time() - seconds) < 60


def later(driver: Driver, seconds: int) -> None:
    driver.control("PUT", "clock", {"offset_seconds": seconds})


def test_the_clock_is_the_machines_until_it_is_set_and_after_it_is_set_back(driver: Driver) -> None:
    first = driver.control("GET", "clock")
    moved = driver.control("PUT", "clock", {"offset_seconds": 40 * DAY})
    shown = driver.control("GET", "clock")
    back = driver.control("DELETE", "clock")

    assert [one["offset_seconds"] for one in (first, moved, shown, back)] == [0, 40 * DAY, 40 * DAY, 0]
    for told, seconds in ((first, 0), (moved, 40 * DAY), (shown, 40 * DAY), (back, 0)):
        assert_later_by(seconds, moment(told["now"]))


@pytest.mark.parametrize(
    "body",
    [{}, {"offset_seconds": -1}, {"offset_seconds": "60"}, {"offset_seconds": True}, {"offset_seconds": 1.5},
     {"offset_seconds": 10**18}, {"offset_seconds": None}, {"seconds": 1}],
)  # fmt: skip
def test_a_wrong_clock_is_refused_and_changes_nothing(driver: Driver, body: dict[str, Any]) -> None:
    later(driver, 60)

    assert driver.control("PUT", "clock", body, status=400)["error"]["message"]
    assert driver.control("GET", "clock")["offset_seconds"] == 60


def test_the_clock_survives_a_restart(tmp_path: Path, keys: SandboxKeys) -> None:
    with SandboxServer(tmp_path, keys) as server:
        later(Driver(server.url, keys), DAY)

    with SandboxServer(tmp_path, keys) as server:
        assert Driver(server.url, keys).control("GET", "clock")["offset_seconds"] == DAY


def test_the_clock_survives_a_reset(driver: Driver) -> None:
    later(driver, DAY)
    driver.control("POST", "reset")

    assert driver.control("GET", "clock")["offset_seconds"] == DAY


def test_tokens_of_both_hosts_end_by_the_clock(driver: Driver) -> None:
    mini, corp = driver.mini_token()["access_token"], driver.corp_token()
    later(driver, 7201)

    assert driver.post("/wxa/generate_urllink", {}, access_token=mini)["errcode"] == 42001
    assert driver.get("/cgi-bin/externalcontact/list", access_token=corp)["errcode"] == 42001
    assert driver.corp_token() != corp


def test_codes_and_the_welcome_window_end_by_the_clock(driver: Driver) -> None:
    customer = driver.contact(driver.staff())
    code = driver.control("POST", "js-codes", {"openid": customer["openid"]})["js_code"]
    welcome = {"welcome_code": customer["welcome_code"], "text": {"content": "欢迎"}}
    later(driver, 301)

    assert driver.login(code)["errcode"] == 40029
    assert driver.wecom("externalcontact/send_welcome_msg", welcome)["errcode"] == 41050


def test_a_request_is_signed_at_the_clocks_time_and_so_is_the_answer(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])
    later(driver, DAY)

    today = driver.pay("POST", BILLS, bill)
    tomorrow = driver.pay("POST", BILLS, bill, timestamp=int(time.time()) + DAY)

    assert (today.status_code, today.json()["code"]) == (401, "SIGN_ERROR")
    assert tomorrow.status_code == 200
    assert_later_by(DAY, int(tomorrow.headers["Wechatpay-Timestamp"]))
    assert_later_by(DAY, parsedate_to_datetime(tomorrow.headers["Date"]).timestamp())
    assert_later_by(DAY, moment(tomorrow.json()["create_time"]))


def test_a_bill_that_nobody_confirmed_is_closed_by_the_clock(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])
    driver.pay("POST", BILLS, bill)
    later(driver, DAY)

    (shown,) = driver.control("GET", "transfers")["items"]
    assert (shown["state"], shown["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")


def test_callbacks_messages_and_contacts_bear_the_clocks_time(driver: Driver, receiver: Receiver) -> None:
    later(driver, DAY)
    driver.staff()
    customer = driver.contact("liming", callback=True)
    driver.wecom(
        "externalcontact/send_welcome_msg", {"welcome_code": customer["welcome_code"], "text": {"content": "a"}}
    )

    assert_later_by(DAY, int(receiver.query()["timestamp"]))
    (shown,) = driver.control("GET", "messages")["items"]
    assert_later_by(DAY, moment(shown["at"]))
    contact = driver.wecom_get("externalcontact/get", external_userid=customer["external_userid"])
    assert_later_by(DAY, contact["follow_user"][0]["createtime"])
    assert_later_by(DAY, moment(driver.control("GET", "calls")["items"][-1]["at"]))
    assert_later_by(DAY, moment(driver.control("GET", "health")["at"]))


def test_an_answer_without_a_route_bears_the_clocks_time_too(driver: Driver) -> None:
    later(driver, DAY)

    answer = requests.get(f"{driver.url}/nowhere", timeout=5)

    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time() > timedelta(hours=23).total_seconds()
    assert len(answer.raw.headers.getlist("Date")) == 1


def test_nothing_but_the_clock_asks_the_machine_for_the_time() -> None:
    assert list(askers("import time")) == ["time"]
    assert list(askers("from datetime import datetime as d\nd.now(tz)")) == ["now"]
    assert list(askers("x = 'UPDATE t SET at = CURRENT_TIMESTAMP'")) == ["CURRENT_TIMESTAMP"]

    for path in Path(sandbox.__path__[0]).rglob("*.py"):
        found = list(askers(path.read_text()))
        assert found == (["time"] if path.name == "clock.py" else []), path.name


def askers(source: str) -> Iterator[str]:
    """What in a file could tell the machine's time: the module, a method of datetime, a word of SQL."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name == "time")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield "time"
        elif isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") and not is_call(node):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (word for word in ("CURRENT_TIMESTAMP", "unixepoch(", "'now'") if word in node.value)


def is_call(node: ast.Attribute) -> bool:
    """`call.now` is when the request arrived, by the clock."""
    return isinstance(node.value, ast.Name) and node.value.id == "call"
