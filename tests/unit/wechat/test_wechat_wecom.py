from __future__ import annotations

import pytest

from chalicelib.wechat import wecom_shapes as shapes
from chalicelib.wechat.errors import Misconfigured, Refused, Unknown
from chalicelib.wechat.gateways import WeComConfig, build_wecom
from chalicelib.wechat.wecom import WeCom, js_signature
from tests.unit.wechat.wechat_host import Answer, Clock, FakeHost, MemoryStore, said

CORP = "ww0000000000000001"


def config_of(url: str) -> WeComConfig:
    return WeComConfig(
        corp_id=CORP,
        agent_id=1000002,
        secret="s3cret",
        callback_token="cb-token",
        encoding_aes_key="A" * 43,
        base_url=url,
        timeout=(0.3, 0.3),
    )


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    store = MemoryStore()
    store.save(f"wecom:{CORP}:1000002", "T0", clock.now + 7200)
    return store


@pytest.fixture
def wecom(host: FakeHost, store: MemoryStore, clock: Clock) -> WeCom:
    return build_wecom(config_of(host.url), store, clock, clock.sleep)


def test_a_contact_way_for_one_member(host: FakeHost, wecom: WeCom) -> None:
    host.says(errcode=0, errmsg="ok", config_id="c1", qr_code="https://wework.qpic.cn/x")

    way = wecom.add_contact_way(["amy"], "g:1", "Amy")

    assert way == shapes.ContactWay("c1", "https://wework.qpic.cn/x")
    assert host.asked[0].path == "/cgi-bin/externalcontact/add_contact_way"
    assert host.asked[0].json == {
        "type": 1,
        "scene": 2,
        "user": ["amy"],
        "state": "g:1",
        "remark": "Amy",
        "skip_verify": True,
        "is_exclusive": False,
    }


def test_a_contact_way_for_several_members_rotates(host: FakeHost, wecom: WeCom) -> None:
    host.answers(said(config_id="c1", qr_code="q"), said(errcode=0))

    wecom.add_contact_way(["amy", "bob"], "g:1")
    wecom.update_contact_way("c1", ["bob"], "g:1")

    assert host.asked[0].json["type"] == 2
    assert host.asked[1].json["config_id"] == "c1"


def test_a_state_that_wecom_would_refuse_is_not_sent(wecom: WeCom) -> None:
    with pytest.raises(ValueError, match="30 characters"):
        wecom.add_contact_way(["amy"], "x" * 31)


def test_a_customer_with_all_followers_over_two_pages(host: FakeHost, wecom: WeCom) -> None:
    contact = {"external_userid": "wm1", "name": "顾客", "unionid": "u1", "type": 1}
    first = {"userid": "amy", "createtime": 5, "state": "g:1", "tags": [{"tag_id": "t1"}, {"tag_name": "x"}]}
    host.answers(
        said(errcode=0, external_contact=contact, follow_user=[first], next_cursor="more"),
        said(errcode=0, external_contact=contact, follow_user=[{"userid": "bob"}]),
    )

    found = wecom.get_external_contact("wm1")

    assert (found.external_userid, found.name, found.unionid) == ("wm1", "顾客", "u1")
    assert [(f.userid, f.createtime, f.state, f.tag_ids) for f in found.follow_users] == [
        ("amy", 5, "g:1", ("t1",)),
        ("bob", 0, "", ()),
    ]
    assert [asked.params.get("cursor") for asked in host.asked] == [None, "more"]


def test_a_cursor_that_never_ends_is_given_up(host: FakeHost, wecom: WeCom) -> None:
    host.otherwise = lambda asked: said(external_contact={"external_userid": "wm1"}, next_cursor="again")

    with pytest.raises(Unknown):
        wecom.get_external_contact("wm1")


def test_a_member_without_customers_has_an_empty_list(host: FakeHost, wecom: WeCom) -> None:
    host.answers(said(errcode=84061, errmsg="no"), said(errcode=60111, errmsg="no such user"))

    assert wecom.list_external("amy") == []
    with pytest.raises(Refused):
        wecom.list_external("nobody")


def test_customers_by_user_in_pages(host: FakeHost, wecom: WeCom) -> None:
    entry = {"external_contact": {"external_userid": "wm1"}, "follow_info": {"userid": "amy", "tag_id": ["t1"]}}
    host.says(external_contact_list=[entry], next_cursor="n")

    page = wecom.batch_get_by_user(["amy"])

    assert page.next_cursor == "n"
    assert page.items[0].follow_users[0].tag_ids == ("t1",)


def test_a_welcome_is_sent_once(host: FakeHost, wecom: WeCom) -> None:
    link = {"msgtype": "link", "link": {"title": "t", "url": "https://example.com"}}
    host.answers(said(errcode=0), Answer(hang_up=True))

    wecom.send_welcome("w1", "你好", [link])
    with pytest.raises(Unknown):
        wecom.send_welcome("w2", "你好")

    assert host.asked[0].json == {"welcome_code": "w1", "text": {"content": "你好"}, "attachments": [link]}
    assert len(host.asked) == 2


def test_who_came_by_oauth(host: FakeHost, wecom: WeCom) -> None:
    host.answers(
        said(userid="amy"), said(openid="o1", external_userid="wm1"), said(errcode=40029, errmsg="bad"), said()
    )

    assert wecom.user_of_code("a") == shapes.Visitor(userid="amy")
    assert wecom.user_of_code("b") == shapes.Visitor(external_userid="wm1", openid="o1")
    with pytest.raises(Refused):
        wecom.user_of_code("c")
    with pytest.raises(Unknown):
        wecom.user_of_code("d")


def test_tickets_are_fetched_once_per_kind(host: FakeHost, wecom: WeCom) -> None:
    host.answers(said(ticket="K1", expires_in=7200), said(ticket="K2", expires_in=7200))

    tickets = [wecom.jsapi_ticket("corp"), wecom.jsapi_ticket("agent"), wecom.jsapi_ticket("corp")]

    assert tickets == ["K1", "K2", "K1"]
    assert [asked.path for asked in host.asked] == ["/cgi-bin/get_jsapi_ticket", "/cgi-bin/ticket/get"]
    assert host.asked[1].params["type"] == "agent_config"


def test_the_official_js_signature() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"

    for url in ("http://mp.weixin.qq.com?params=value", "http://mp.weixin.qq.com?params=value#fragment"):
        signature = js_signature(ticket, url, "Wm3WZYTPz0wzccnW", 1414587457)
        assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_a_transfer_is_judged_per_customer(host: FakeHost, wecom: WeCom) -> None:
    customers = [{"external_userid": "wm1", "errcode": 0}, {"external_userid": "wm2", "errcode": 40128}]
    results = [{"external_userid": "wm1", "status": 2, "takeover_time": 9}]
    host.answers(said(customer=customers), said(customer=results, next_cursor=""))

    items = wecom.transfer_customers("amy", "bob", ["wm1", "wm2"], "Bob takes over")
    page = wecom.transfer_result("amy", "bob")

    assert [item.errcode for item in items] == [0, 40128]
    assert shapes.TRANSFER_STATUS[page.items[0].status] == "waiting"
    with pytest.raises(ValueError, match="100"):
        wecom.transfer_customers("amy", "bob", ["wm"] * 101)


def test_customers_of_a_resigned_member_have_their_own_path_and_no_message(host: FakeHost, wecom: WeCom) -> None:
    host.answers(said(customer=[]), said(customer=[]))

    wecom.transfer_customers("amy", "bob", ["wm1"], "never sent", resigned=True)
    wecom.transfer_result("amy", "bob", resigned=True)

    assert [asked.path.rsplit("/", 2)[-2:] for asked in host.asked] == [
        ["resigned", "transfer_customer"],
        ["resigned", "transfer_result"],
    ]
    assert "transfer_success_msg" not in host.asked[0].json


def test_new_tags_come_back_with_their_ids(host: FakeHost, wecom: WeCom) -> None:
    host.says(tag_group={"group_id": "g", "tag": [{"id": "t1", "name": "茶友"}]})

    assert wecom.add_corp_tags("兴趣", ["茶友"]) == {"茶友": "t1"}


def test_a_mass_message_and_what_became_of_it(host: FakeHost, wecom: WeCom) -> None:
    sent = [{"external_userid": "wm1", "userid": "amy", "status": 1, "send_time": 9}]
    host.answers(said(msgid="m1", fail_list=["wm2"]), said(send_list=sent, next_cursor=""))

    message = wecom.add_mass_message("amy", ["wm1", "wm2"], "新品")
    page = wecom.mass_send_results("m1", "amy")

    assert message == shapes.MassMessage("m1", ("wm2",))
    assert shapes.MASS_STATUS[page.items[0].status] == "sent"
    assert host.asked[0].json["chat_type"] == "single"


def test_a_message_says_something(wecom: WeCom) -> None:
    with pytest.raises(ValueError, match="text or attachments"):
        wecom.add_mass_message("amy", ["wm1"], "")


def test_a_lost_mass_message_is_unknown_and_not_repeated(host: FakeHost, wecom: WeCom) -> None:
    host.answers(Answer(delay=0.5))

    with pytest.raises(Unknown):
        wecom.add_mass_message("amy", ["wm1"], "新品")

    assert len(host.asked) == 1


def test_tags_are_marked_again_after_a_lost_answer(host: FakeHost, wecom: WeCom) -> None:
    host.answers(Answer(hang_up=True), said(errcode=0))

    wecom.mark_tags("amy", "wm1", add=["t1"])

    assert host.asked[1].json["add_tag"] == ["t1"]


def test_staff_messages_name_those_they_did_not_reach(host: FakeHost, wecom: WeCom) -> None:
    host.answers(said(errcode=0, msgid="a1", invaliduser="bob|eve"), said(errcode=81013, errmsg="none"))

    assert wecom.send_app_message(["amy", "bob", "eve"], "hi").invalid_users == ("bob", "eve")
    with pytest.raises(Refused):
        wecom.send_app_message(["bob"], "hi")


def test_a_bad_secret_is_not_hammered(host: FakeHost, clock: Clock) -> None:
    wecom = build_wecom(config_of(host.url), MemoryStore(), clock, clock.sleep)
    host.otherwise = lambda asked: said(errcode=40001, errmsg="invalid credential")

    for _ in range(3):
        with pytest.raises(Misconfigured):
            wecom.list_external("amy")

    assert [asked.path for asked in host.asked] == ["/cgi-bin/gettoken"]


def test_an_untrusted_address_says_how_to_mend_it(host: FakeHost, wecom: WeCom) -> None:
    host.says(errcode=60020, errmsg="not allow to access from your ip")

    with pytest.raises(Misconfigured, match="企业可信IP"):
        wecom.list_external("amy")


def test_an_expired_token_is_renewed_once(host: FakeHost, wecom: WeCom) -> None:
    host.answers(
        said(errcode=42001, errmsg="expired"),
        said(access_token="T1", expires_in=7200),
        said(external_userid=["wm1"]),
    )

    assert wecom.list_external("amy") == ["wm1"]
    assert host.asked[2].params["access_token"] == "T1"


def test_secrets_are_not_shown() -> None:
    shown = repr(config_of("http://x"))

    assert CORP in shown
    assert not any(secret in shown for secret in ("s3cret", "cb-token", "AAAA"))
