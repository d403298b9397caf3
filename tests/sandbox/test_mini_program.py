"""api.weixin.qq.com: codes that work once, tokens that end, messages that need a subscription."""

from typing import Any

import pytest
import requests

from infra.local.sandbox.keys import SandboxKeys
from tests.sandbox.driver import Driver, MovableClock

SEND = "/cgi-bin/message/subscribe/send"
CODE = "/wxa/getwxacodeunlimit"
LINK = "/wxa/generate_urllink"


def js_code(driver: Driver) -> str:
    return str(driver.control("POST", "js-codes", {"openid": driver.customer()["openid"]})["js_code"])


def message(openid: str, **changes: Any) -> dict[str, Any]:
    data = {"thing1": {"value": "会员日"}, "amount2": {"value": "8.88元"}, "time3": {"value": "2027年1月2日 10:00"}}
    return {"touser": openid, "template_id": "tpl_1", "page": "pages/index?x=1", "data": data, **changes}


def test_a_js_code_works_once(driver: Driver) -> None:
    code = js_code(driver)

    assert "session_key" in driver.login(code)
    assert driver.login(code)["errcode"] == 40163


def test_a_js_code_is_dead_after_five_minutes(driver: Driver, clock: MovableClock) -> None:
    code = js_code(driver)
    clock.advance(301)

    assert driver.login(code)["errcode"] == 40029


def test_login_refuses_strangers(driver: Driver) -> None:
    code = js_code(driver)

    assert driver.login("made-up")["errcode"] == 40029
    assert driver.login(code, appid="wx1")["errcode"] == 40013
    assert driver.login(code, secret="guess")["errcode"] == 40125
    assert driver.login(code, grant_type="client_credential")["errcode"] == 40002
    assert "openid" in driver.login(code)


def test_one_person_logs_in_at_most_100_times_a_minute(driver: Driver, clock: MovableClock) -> None:
    openid = driver.customer()["openid"]
    codes = [driver.control("POST", "js-codes", {"openid": openid})["js_code"] for _ in range(102)]

    answers = [driver.login(code).get("errcode", 0) for code in codes[:101]]
    clock.advance(61)

    assert answers == [0] * 100 + [45011]
    assert "openid" in driver.login(codes[101])


def test_a_phone_code_works_once_and_for_its_owner(driver: Driver, keys: SandboxKeys) -> None:
    customer = driver.customer(phone="13800138000")
    code = driver.control("POST", "phone-codes", {"openid": customer["openid"]})["phone_code"]
    path = "/wxa/business/getuserphonenumber"

    assert driver.mini(path, {"code": code, "openid": "o-other"})["errcode"] == 40003
    info = driver.mini(path, {"code": code})["phone_info"]
    assert (info["phoneNumber"], info["countryCode"]) == ("13800138000", "86")
    assert info["watermark"]["appid"] == keys.appid
    assert driver.mini(path, {"code": code})["errcode"] == 40029


def test_a_stable_token_is_shared_and_renewed_five_minutes_early(driver: Driver, clock: MovableClock) -> None:
    first = driver.mini_token()
    again = driver.mini_token()
    clock.advance(7200 - 299)
    renewed = driver.mini_token()

    assert first["access_token"] == again["access_token"] != renewed["access_token"]
    assert renewed["expires_in"] == 7200
    for token in (first, renewed):
        assert driver.post(LINK, {}, access_token=token["access_token"])["errcode"] == 0


def test_a_forced_refresh_kills_the_old_token_and_is_rationed(driver: Driver, clock: MovableClock) -> None:
    old = driver.mini_token()["access_token"]
    new = driver.mini_token(force_refresh=True)["access_token"]

    assert driver.post(LINK, {}, access_token=old)["errcode"] == 40001
    assert driver.post(LINK, {}, access_token=new)["errcode"] == 0
    assert driver.mini_token(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        clock.advance(31)
        assert "access_token" in driver.mini_token(force_refresh=True)
    clock.advance(31)
    assert driver.mini_token(force_refresh=True)["errcode"] == 45009


def test_tokens_are_refused_by_what_is_wrong_with_them(driver: Driver) -> None:
    token = driver.mini_token()["access_token"]
    unknown = token[:-4] + "AAAA"
    driver.control("POST", "expire-tokens")

    assert driver.post(LINK, {}, access_token=token)["errcode"] == 42001
    assert driver.post(LINK, {}, access_token=unknown)["errcode"] == 40001
    assert driver.post(LINK, {}, access_token="nonsense")["errcode"] == 40014
    assert driver.post(LINK, {})["errcode"] == 41001
    assert driver.mini(LINK, {})["errcode"] == 0


def test_a_subscribe_message_spends_a_subscription(driver: Driver) -> None:
    openid = driver.customer()["openid"]

    answers = [driver.mini(SEND, message(openid))["errcode"] for _ in range(11)]
    driver.control("POST", "subscriptions", {"openid": openid, "times": 1})
    answers.append(driver.mini(SEND, message(openid))["errcode"])

    assert answers == [0] * 10 + [43101, 0]
    shown = driver.control("GET", "messages")["items"]
    assert len(shown) == 11
    assert (shown[0]["kind"], shown[0]["medium"]) == ("subscribe_message", "subscribe_message")
    assert shown[0]["openid"] == openid
    assert shown[0]["content"]["template_id"] == "tpl_1"


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "o-nobody"}, 40003),
        ({"template_id": ""}, 40037),
        ({"page": "https://example.com"}, 41030),
        ({"data": {}}, 47003),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"phrase1": {"value": "abc"}}}, 47003),
        ({"data": {"number1": {"value": "many"}}}, 47003),
        ({"data": {"thing1": "bare"}}, 47003),
        ({"data": {"colour1": {"value": "x"}}}, 47003),
    ],
)
def test_a_wrong_subscribe_message_is_refused_and_costs_nothing(
    driver: Driver, changes: dict[str, Any], errcode: int
) -> None:
    openid = driver.customer()["openid"]

    assert driver.mini(SEND, message(openid, **changes))["errcode"] == errcode
    assert driver.control("GET", "messages")["items"] == []


def test_a_urllink_opens_until_it_expires(driver: Driver, clock: MovableClock) -> None:
    body = {"path": "pages/join/index", "query": "scan_id=<1>", "expire_type": 1, "expire_interval": 1}
    link = driver.mini(LINK, body)["url_link"]

    opened = requests.get(link, headers={"Accept": "text/html"}, timeout=60)
    bare = requests.get(link, headers={"Accept": "application/json"}, timeout=60).json()
    clock.advance(86401)

    assert "scan_id=&lt;1&gt;" in opened.text
    assert bare == {"path": "pages/join/index", "query": "scan_id=<1>", "env_version": "release"}
    assert requests.get(link, timeout=60).status_code == 404


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"path": "pages/a?x=1"}, 40165),
        ({"query": "x" * 1025}, 40212),
        ({"expire_type": 1, "expire_interval": 31}, 85402),
        ({"expire_time": 1}, 85401),
        ({"env_version": "beta"}, 40097),
    ],
)
def test_a_wrong_urllink_is_refused(driver: Driver, body: dict[str, Any], errcode: int) -> None:
    assert driver.mini(LINK, body)["errcode"] == errcode


def test_a_mini_program_code_is_a_png(driver: Driver) -> None:
    token = driver.mini_token()["access_token"]
    body = {"scene": "a=" + "1" * 30, "page": "pages/index/index", "check_path": False}

    answer = requests.post(f"{driver.url}{CODE}?access_token={token}", json=body, timeout=60)

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "a%20b"}, 40169),
        ({"scene": "码"}, 40169),
        ({"scene": "a", "page": "/pages/index"}, 41030),
        ({"scene": "a", "page": "pages/index?x=1"}, 41030),
        ({"scene": "a", "width": 200}, 40097),
    ],
)
def test_a_wrong_mini_program_code_is_refused(driver: Driver, body: dict[str, Any], errcode: int) -> None:
    assert driver.mini(CODE, body)["errcode"] == errcode


def test_a_body_that_is_not_json_is_refused(driver: Driver) -> None:
    answer = requests.post(f"{driver.url}/cgi-bin/stable_token", data=b"{", timeout=60)

    assert (answer.status_code, answer.json()["errcode"]) == (200, 47001)
