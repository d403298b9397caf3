"""qyapi.weixin.qq.com: contact ways, customers, the welcome window, staff login."""

from typing import Any

import pytest
import requests

from infra.local.sandbox.keys import SandboxKeys
from tests.sandbox.driver import Driver, MovableClock

ADD = "externalcontact/add_contact_way"
WELCOME = "externalcontact/send_welcome_msg"


def way(**changes: Any) -> dict[str, Any]:
    return {"type": 1, "scene": 2, "user": ["liming"], "state": "b" * 30, "remark": "收银台", **changes}


def test_40001_means_a_bad_secret_and_40014_a_bad_token(driver: Driver, keys: SandboxKeys) -> None:
    bad_secret = driver.get("/cgi-bin/gettoken", corpid=keys.corp_id, corpsecret="guess")
    bad_corp = driver.get("/cgi-bin/gettoken", corpid="ww1", corpsecret=keys.corp_secret)
    path = "/cgi-bin/externalcontact/list"
    token = driver.corp_token()
    driver.control("POST", "expire-tokens")

    assert bad_secret["errcode"] == 40001
    assert bad_corp["errcode"] == 40013
    assert driver.get(path, access_token="unknown")["errcode"] == 40014
    assert driver.get(path, access_token=token)["errcode"] == 42001
    assert driver.get(path)["errcode"] == 41001
    assert driver.get(path, access_token=driver.mini_token()["access_token"])["errcode"] == 40014


def test_gettoken_gives_the_same_token_while_it_is_valid(driver: Driver, clock: MovableClock) -> None:
    first = driver.corp_token()
    clock.advance(7100)
    assert driver.corp_token() == first
    clock.advance(101)
    assert driver.corp_token() != first


def test_a_contact_way_is_made_shown_changed_and_deleted(driver: Driver) -> None:
    driver.staff()
    made = driver.wecom(ADD, way())
    config = {"config_id": made["config_id"]}
    image = requests.get(made["qr_code"], timeout=60)

    driver.wecom("externalcontact/update_contact_way", {**config, "state": "new"})
    shown = driver.wecom("externalcontact/get_contact_way", config)["contact_way"]
    deleted = driver.wecom("externalcontact/del_contact_way", config)

    assert image.content.startswith(b"\x89PNG")
    assert (shown["state"], shown["remark"], shown["user"]) == ("new", "收银台", ["liming"])
    assert deleted["errcode"] == 0
    assert requests.get(made["qr_code"], timeout=60).status_code == 404
    assert driver.wecom("externalcontact/get_contact_way", config)["errcode"] == 40058


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"state": "b" * 31}, 40058),
        ({"remark": "备" * 31}, 40058),
        ({"type": 3}, 40058),
        ({"scene": None}, 40058),
        ({"user": []}, 40058),
        ({"user": ["liming", "active"]}, 40058),
        ({"user": ["stranger"]}, 40003),
        ({"user": ["sleeper"]}, 41054),
        ({"user": ["nameless"]}, 41054),
        ({"skip_verify": "yes"}, 40058),
        ({"expires_in": 15 * 86400}, 40058),
    ],
)
def test_a_wrong_contact_way_is_refused(driver: Driver, changes: dict[str, Any], errcode: int) -> None:
    driver.staff()
    driver.staff("active")
    driver.staff("sleeper", active=False)
    driver.staff("nameless", real_name=False)

    assert driver.wecom(ADD, way(**changes))["errcode"] == errcode


def test_a_contact_shows_unionid_and_state(driver: Driver) -> None:
    userid = driver.staff()
    customer = driver.contact(userid, state="badge1")

    shown = driver.wecom_get("externalcontact/get", external_userid=customer["external_userid"])

    assert shown["external_contact"]["unionid"] == customer["unionid"]
    assert [(one["userid"], one["state"]) for one in shown["follow_user"]] == [(userid, "badge1")]
    assert driver.wecom_get("externalcontact/list", userid=userid)["external_userid"] == [customer["external_userid"]]


def test_who_is_no_contact_is_refused(driver: Driver) -> None:
    driver.staff()
    stranger = driver.customer()["external_userid"]

    assert driver.wecom_get("externalcontact/get", external_userid="wm-nobody")["errcode"] == 40096
    assert driver.wecom_get("externalcontact/get", external_userid=stranger)["errcode"] == 84061
    assert driver.wecom_get("externalcontact/list", userid="liming")["errcode"] == 84061
    assert driver.wecom_get("externalcontact/list", userid="nobody")["errcode"] == 40003


def test_a_customer_who_leaves_is_still_shown_but_one_whom_staff_removed_is_not(driver: Driver) -> None:
    userid = driver.staff()
    leaver, removed = driver.contact(userid), driver.contact(userid)
    for customer, actor in ((leaver, "customer"), (removed, "staff")):
        body = {"external_userid": customer["external_userid"], "userid": userid, "by": actor, "callback": False}
        driver.control("POST", "delete-contact", body)

    assert driver.wecom_get("externalcontact/get", external_userid=leaver["external_userid"])["errcode"] == 0
    gone = driver.wecom_get("externalcontact/get", external_userid=removed["external_userid"])
    assert gone["errcode"] == 84061


def test_contacts_of_staff_come_in_pages(driver: Driver) -> None:
    driver.staff("a")
    driver.staff("b")
    made = {driver.contact(userid)["external_userid"] for userid in ("a", "a", "b")}
    body: dict[str, Any] = {"userid_list": ["a", "b"], "limit": 2}

    first = driver.wecom("externalcontact/batch/get_by_user", body)
    second = driver.wecom("externalcontact/batch/get_by_user", {**body, "cursor": first["next_cursor"]})

    found = first["external_contact_list"] + second["external_contact_list"]
    assert (len(first["external_contact_list"]), second["next_cursor"]) == (2, "")
    assert {one["external_contact"]["external_userid"] for one in found} == made
    assert {one["follow_info"]["userid"] for one in found} == {"a", "b"}


def test_a_welcome_goes_out_once(driver: Driver) -> None:
    customer = driver.contact(driver.staff())
    body = {"welcome_code": customer["welcome_code"], "text": {"content": "欢迎"}}

    answers = [driver.wecom(WELCOME, body)["errcode"] for _ in range(2)]

    assert answers == [0, 41051]
    (shown,) = driver.control("GET", "messages")["items"]
    assert (shown["kind"], shown["external_userid"]) == ("welcome", customer["external_userid"])
    assert (shown["medium"], "msgid" in shown) == ("wecom", False)
    assert shown["content"]["text"] == {"content": "欢迎"}


def test_the_welcome_window_is_20_seconds(driver: Driver, clock: MovableClock) -> None:
    customer = driver.contact(driver.staff())
    clock.advance(21)
    body = {"welcome_code": customer["welcome_code"], "text": {"content": "欢迎"}}

    assert driver.wecom(WELCOME, body)["errcode"] == 41050
    assert driver.wecom(WELCOME, {**body, "welcome_code": "made-up"})["errcode"] == 41050


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"text": {"content": "字" * 1334}},
        {"attachments": [{"msgtype": "image", "image": {"pic_url": "https://x"}}] * 10},
        {"attachments": [{"msgtype": "link", "link": {"title": "t"}}]},
        {"attachments": [{"msgtype": "link", "link": {"title": "题" * 43, "url": "https://x"}}]},
        {"attachments": [{"msgtype": "hologram", "hologram": {}}]},
    ],
)
def test_a_wrong_welcome_leaves_the_code_usable(driver: Driver, content: dict[str, Any]) -> None:
    code = {"welcome_code": driver.contact(driver.staff())["welcome_code"]}

    assert driver.wecom(WELCOME, {**code, **content})["errcode"] == 40058
    assert driver.wecom(WELCOME, {**code, "text": {"content": "欢迎"}})["errcode"] == 0


def test_a_staff_code_works_once(driver: Driver, clock: MovableClock) -> None:
    driver.staff()
    code = driver.control("POST", "staff-codes", {"userid": "liming"})["code"]
    late = driver.control("POST", "staff-codes", {"userid": "liming"})["code"]

    assert driver.wecom_get("auth/getuserinfo", code=code)["userid"] == "liming"
    assert driver.wecom_get("auth/getuserinfo", code=code)["errcode"] == 40029
    clock.advance(301)
    assert driver.wecom_get("auth/getuserinfo", code=late)["errcode"] == 40029


def test_a_visitor_is_no_staff(driver: Driver) -> None:
    customer = driver.customer()
    code = driver.control("POST", "staff-codes", {"openid": customer["openid"]})["code"]

    answer = driver.wecom_get("auth/getuserinfo", code=code)

    assert "userid" not in answer
    assert answer["external_userid"] == customer["external_userid"]


def test_the_two_js_tickets_differ(driver: Driver) -> None:
    corp = driver.wecom_get("get_jsapi_ticket")["ticket"]
    agent = driver.wecom_get("ticket/get", type="agent_config")["ticket"]

    assert corp != agent
    assert driver.wecom_get("get_jsapi_ticket")["ticket"] == corp
    assert driver.wecom_get("ticket/get", type="jsapi")["errcode"] == 40058


def test_a_staff_message_names_who_was_not_reached(driver: Driver, keys: SandboxKeys) -> None:
    driver.staff()
    body = {"touser": "liming|ghost", "agentid": keys.agent_id, "msgtype": "text", "text": {"content": "请确认群发"}}

    sent = driver.wecom("message/send", body)
    assert sent["invaliduser"] == "ghost"
    assert driver.wecom("message/send", {**body, "touser": "ghost"})["errcode"] == 81013
    assert driver.wecom("message/send", {**body, "agentid": 1})["errcode"] == 301002
    shown = driver.control("GET", "messages")
    assert shown["items"] == []
    assert [(item["userid"], item["msgid"]) for item in shown["staff_items"]] == [("liming", sent["msgid"])]


def test_a_repeated_staff_message_is_dropped_when_asked(driver: Driver, keys: SandboxKeys, clock: MovableClock) -> None:
    driver.staff()
    body = {"touser": "liming", "agentid": keys.agent_id, "msgtype": "text", "text": {"content": "请确认群发"}}
    checked = {**body, "enable_duplicate_check": 1, "duplicate_check_interval": 60}

    for _ in range(2):
        assert driver.wecom("message/send", checked)["errcode"] == 0
    within = len(driver.control("GET", "messages")["staff_items"])
    driver.wecom("message/send", body)
    clock.advance(61)
    driver.wecom("message/send", checked)

    assert within == 1
    assert len(driver.control("GET", "messages")["staff_items"]) == 3
