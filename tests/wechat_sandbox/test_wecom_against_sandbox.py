from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from chalicelib.wechat.callback_crypto import CallbackRefused, parse_event
from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable
from chalicelib.wechat.gateways import WeComConfig, build_callback_crypto, build_wecom
from chalicelib.wechat.wecom import WeCom
from chalicelib.wechat.wecom_shapes import MASS_STATUS, TRANSFER_STATUS
from infra.local.sandbox.server import SandboxServer
from tests.unit.wechat.wechat_host import FakeHost, MemoryStore
from tests.wechat_sandbox.conftest import MovableClock, World

CONTACT = "/cgi-bin/externalcontact"


def test_a_contact_way_is_made_changed_and_has_a_picture(world: World, wecom: WeCom) -> None:
    amy, bob = world.staff("amy"), world.staff("bob")

    way = wecom.add_contact_way([amy], "g:1", "Amy")
    wecom.update_contact_way(way.config_id, [bob], "g:2")

    stored = world.wecom("externalcontact/get_contact_way", {"config_id": way.config_id})["contact_way"]
    assert way.qr_code.startswith("http")
    assert stored["state"] == "g:2"


def test_a_member_who_is_not_real_name_verified_gets_no_contact_way(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy", real_name=False)

    with pytest.raises(Refused) as caught:
        wecom.add_contact_way([amy], "g:1")

    assert caught.value.code == "41054"


def test_a_customer_is_seen_with_the_followers_and_where_they_came_from(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    customer = world.contact(amy, state="g:1")

    found = wecom.get_external_contact(customer["external_userid"])

    assert found.unionid == customer["unionid"]
    assert [(f.userid, f.state) for f in found.follow_users] == [(amy, "g:1")]
    assert found.follow_users[0].createtime > 1_700_000_000
    assert wecom.list_external(amy) == [customer["external_userid"]]
    assert wecom.list_external(world.staff("bob")) == []


def test_a_customer_has_a_unionid_only_once_the_corp_gets_to_know_it(world: World, wecom: WeCom) -> None:
    customer = world.customer(unionid=None)
    pair = {"external_userid": customer["external_userid"], "userid": world.staff(), "callback": False}
    world.control("POST", "add-contact", pair)
    before = wecom.get_external_contact(customer["external_userid"]).unionid

    revealed = world.control("POST", "reveal-unionid", {"external_userid": customer["external_userid"]})

    assert before is None
    assert wecom.get_external_contact(customer["external_userid"]).unionid == revealed["unionid"]


def test_all_customers_of_members_come_in_pages(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    expected = {world.contact(amy)["external_userid"] for _ in range(5)}

    seen, cursor = set(), ""
    for _ in range(3):
        page = wecom.batch_get_by_user([amy], cursor, limit=2)
        seen |= {contact.external_userid for contact in page.items}
        cursor = page.next_cursor

    assert seen == expected
    assert cursor == ""


def test_a_stranger_is_refused(world: World, wecom: WeCom) -> None:
    with pytest.raises(Refused) as caught:
        wecom.get_external_contact("wm-nobody")

    assert caught.value.code == "40096"


def test_a_welcome_reaches_the_customer_once_and_in_time(world: World, wecom: WeCom, clock: MovableClock) -> None:
    amy = world.staff("amy")
    first, late = world.contact(amy), world.contact(amy)
    link = {"msgtype": "link", "link": {"title": "会员中心", "url": "https://example.com"}}

    wecom.send_welcome(first["welcome_code"], "你好", [link])
    with pytest.raises(Refused) as again:
        wecom.send_welcome(first["welcome_code"], "你好")
    clock.advance(21)
    with pytest.raises(Refused) as too_late:
        wecom.send_welcome(late["welcome_code"], "你好")

    assert (again.value.code, too_late.value.code) == ("41051", "41050")
    assert [m["external_userid"] for m in world.messages()] == [first["external_userid"]]


def test_who_signs_in_is_staff_or_a_visitor(world: World, wecom: WeCom) -> None:
    amy, customer = world.staff("amy"), world.customer()
    staff_code = world.control("POST", "staff-codes", {"userid": amy})["code"]
    other_code = world.control("POST", "staff-codes", {"openid": customer["openid"]})["code"]

    assert wecom.user_of_code(staff_code).userid == amy
    visitor = wecom.user_of_code(other_code)
    assert (visitor.userid, visitor.openid) == (None, customer["openid"])
    with pytest.raises(Refused):
        wecom.user_of_code(staff_code)


def test_tickets_are_shared_and_differ_by_kind(
    world: World, wecom_config: WeComConfig, store: MemoryStore, clock: MovableClock
) -> None:
    tickets = {build_wecom(wecom_config, store, clock).jsapi_ticket("corp") for _ in range(3)}

    assert len(tickets) == 1
    assert build_wecom(wecom_config, store, clock).jsapi_ticket("agent") not in tickets
    assert world.calls_of("/cgi-bin/get_jsapi_ticket") == 1
    assert world.calls_of("/cgi-bin/gettoken") == 1


def test_customers_are_handed_over(world: World, wecom: WeCom) -> None:
    amy, bob = world.staff("amy"), world.staff("bob")
    customer, stranger = world.contact(amy), world.customer()
    ids = [customer["external_userid"], stranger["external_userid"]]

    items = wecom.transfer_customers(amy, bob, ids, "小宝为您服务")
    waiting = wecom.transfer_result(amy, bob)
    world.control("POST", "handovers", {"external_userid": ids[0], "callback": False})
    done = wecom.transfer_result(amy, bob)

    assert {item.external_userid: item.errcode for item in items} == {ids[0]: 0, ids[1]: 40131}
    assert [TRANSFER_STATUS[item.status] for item in (*waiting.items, *done.items)] == ["waiting", "done"]


def test_customers_of_a_resigned_member_are_handed_over(world: World, wecom: WeCom) -> None:
    amy, bob = world.staff("amy"), world.staff("bob")
    customer = world.contact(amy)
    world.staff("amy", resigned=True)

    items = wecom.transfer_customers(amy, bob, [customer["external_userid"]], resigned=True)

    assert [item.errcode for item in items] == [0]
    assert wecom.transfer_result(amy, bob, resigned=True).items


def test_a_mass_message_arrives_when_the_member_confirms(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    customer, stranger = world.contact(amy), world.customer()
    ids = [customer["external_userid"], stranger["external_userid"]]

    created = wecom.add_mass_message(amy, ids, "新茶上市")
    before = wecom.mass_send_results(created.msgid, amy)
    assert world.messages() == []
    world.control("POST", f"mass/{created.msgid}/confirm", {})
    after = wecom.mass_send_results(created.msgid, amy)

    assert created.fail_list == (stranger["external_userid"],)
    assert [MASS_STATUS[item.status] for item in (*before.items, *after.items)] == ["unsent", "sent"]
    assert [m["external_userid"] for m in world.messages()] == [customer["external_userid"]]


def test_tags_are_made_and_marked(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    customer = world.contact(amy)["external_userid"]
    tags = wecom.add_corp_tags("兴趣", ["茶友", "咖啡"])

    wecom.mark_tags(amy, customer, add=[tags["茶友"], tags["咖啡"]])
    wecom.mark_tags(amy, customer, remove=[tags["咖啡"]])

    assert wecom.get_external_contact(customer).follow_users[0].tag_ids == (tags["茶友"],)
    assert wecom.batch_get_by_user([amy]).items[0].follow_users[0].tag_ids == (tags["茶友"],)
    with pytest.raises(Refused):
        wecom.add_corp_tags("兴趣", ["茶友"])


def test_staff_get_app_messages(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")

    assert wecom.send_app_message([amy, "gone"], "有新客户").invalid_users == ("gone",)
    with pytest.raises(Refused) as caught:
        wecom.send_app_message(["gone"], "有新客户")

    assert caught.value.code == "81013"


def test_a_wrong_secret_is_asked_once(
    world: World, wecom_config: WeComConfig, store: MemoryStore, clock: MovableClock
) -> None:
    wecom = build_wecom(msgspec.structs.replace(wecom_config, secret="wrong"), store, clock, clock.advance)

    for _ in range(3):
        with pytest.raises(Misconfigured, match="secret"):
            wecom.list_external("amy")

    assert world.calls_of("/cgi-bin/gettoken") == 1


def test_an_expired_token_is_renewed_without_the_caller_noticing(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    customer = world.contact(amy)["external_userid"]
    wecom.list_external(amy)
    world.control("POST", "expire-tokens")

    assert wecom.list_external(amy) == [customer]


@pytest.mark.parametrize(
    ("mode", "times", "errcode", "raised", "arrived"),
    [
        ("http_500", 2, None, None, 1),
        ("http_500", 3, None, Refused, 0),
        ("errcode", 2, -1, None, 1),
        ("errcode", 1, 45009, Refused, 0),
        ("errcode", 1, 41051, Refused, 0),
        ("errcode", 1, 40014, None, 1),
        ("errcode", 2, 42001, Misconfigured, 0),
        ("errcode", 1, 60020, Misconfigured, 0),
        ("errcode", 1, 40001, Misconfigured, 0),
        ("timeout_before", 1, None, Unknown, 0),
        ("timeout_after", 1, None, Unknown, 1),
        ("slow", 1, None, None, 1),
    ],
)
def test_each_fault_ends_as_what_it_is_and_a_welcome_is_never_sent_twice(
    world: World,
    wecom: WeCom,
    mode: str,
    times: int,
    errcode: int | None,
    raised: type[Exception] | None,
    arrived: int,
) -> None:
    code = world.contact(world.staff("amy"))["welcome_code"]
    world.fault(f"{CONTACT}/send_welcome_msg", mode, times, errcode)

    if raised is None:
        wecom.send_welcome(code, "你好")
    else:
        with pytest.raises(raised):
            wecom.send_welcome(code, "你好")

    assert len(world.messages()) == arrived


@pytest.mark.parametrize("mode", ["http_500", "timeout_before", "timeout_after", "slow"])
def test_reads_get_over_a_fault(world: World, wecom: WeCom, mode: str) -> None:
    amy = world.staff("amy")
    customer = world.contact(amy)["external_userid"]
    world.fault(f"{CONTACT}/list", mode)

    assert wecom.list_external(amy) == [customer]


def test_a_lost_mass_message_is_unknown_and_exists_once(world: World, wecom: WeCom) -> None:
    amy = world.staff("amy")
    customer = world.contact(amy)["external_userid"]
    world.fault(f"{CONTACT}/add_msg_template", "timeout_after")

    with pytest.raises(Unknown):
        wecom.add_mass_message(amy, [customer], "新茶上市")

    assert len(world.control("GET", "mass")["items"]) == 1


def test_a_platform_that_is_gone_is_unreachable(server: SandboxServer, wecom: WeCom) -> None:
    server.stop()

    with pytest.raises(Unreachable):
        wecom.list_external("amy")


def decrypted(inbox: FakeHost, config: WeComConfig, now: float, **changed: str) -> dict[str, str]:
    asked = inbox.asked[-1]
    sealed = parse_event(asked.body)["Encrypt"]
    params = asked.params | changed
    plain = build_callback_crypto(config).verify_and_decrypt(
        signature=params["msg_signature"],
        timestamp=params["timestamp"],
        nonce=params["nonce"],
        encrypted=sealed,
        now=now,
    )
    return parse_event(plain)


@pytest.fixture
def event_of_new_contact(world: World, inbox: FakeHost) -> dict[str, Any]:
    world.control("PUT", "settings", {"wecom_callback_url": f"{inbox.url}/callbacks/wecom"})
    return dict(world.contact(world.staff("amy"), state="g:1", callback=True))


def test_a_callback_is_read(event_of_new_contact: dict[str, Any], inbox: FakeHost, wecom_config: WeComConfig) -> None:
    event = decrypted(inbox, wecom_config, time.time())

    assert event["ChangeType"] == "add_external_contact"
    assert event["UserID"] == "amy"
    assert event["ExternalUserID"] == event_of_new_contact["external_userid"]
    assert event["State"] == "g:1"
    assert event["WelcomeCode"] == event_of_new_contact["welcome_code"]


@pytest.mark.usefixtures("event_of_new_contact")
def test_an_old_or_forged_callback_is_refused(inbox: FakeHost, wecom_config: WeComConfig) -> None:
    with pytest.raises(CallbackRefused) as old:
        decrypted(inbox, wecom_config, time.time() + 400)
    with pytest.raises(CallbackRefused) as forged:
        decrypted(inbox, wecom_config, time.time(), nonce="1")
    foreign = msgspec.structs.replace(wecom_config, corp_id="ww0000000000000009")
    with pytest.raises(CallbackRefused) as misdirected:
        decrypted(inbox, foreign, time.time())

    reasons = [error.value.reason for error in (old, forged, misdirected)]
    assert reasons == ["stale", "bad_signature", "wrong_receiver"]
