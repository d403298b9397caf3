from __future__ import annotations

from typing import Any

import pytest

from chalicelib.wechat.errors import Misconfigured, Refused, Unknown
from chalicelib.wechat.gateways import MiniProgramConfig, build_mini_program
from chalicelib.wechat.mini_program import MiniProgram, Session
from tests.unit.wechat.wechat_host import Answer, Clock, FakeHost, MemoryStore, said

APPID = "wx0000000000000001"


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    store = MemoryStore()
    store.save(f"mini_program:{APPID}", "T0", clock.now + 7200)
    return store


@pytest.fixture
def mini(host: FakeHost, store: MemoryStore, clock: Clock) -> MiniProgram:
    config = MiniProgramConfig(appid=APPID, secret="s3cret", base_url=host.url, timeout=(0.3, 0.3))
    return build_mini_program(config, store, clock, clock.sleep)


def fresh_token(token: str = "T1") -> Answer:
    return said(access_token=token, expires_in=7200)


def test_a_login_gives_openid_and_unionid_and_drops_the_session_key(host: FakeHost, mini: MiniProgram) -> None:
    host.says(openid="o1", session_key="very-secret", unionid="u1")

    session = mini.code_to_session("code")

    assert session == Session("o1", "u1")
    assert "very-secret" not in repr(session)
    assert host.asked[0].params == {
        "appid": APPID,
        "secret": "s3cret",
        "js_code": "code",
        "grant_type": "authorization_code",
    }


def test_a_login_without_unionid(host: FakeHost, mini: MiniProgram) -> None:
    host.says(openid="o1", session_key="k")

    assert mini.code_to_session("code").unionid is None


@pytest.mark.parametrize("code", [40029, 40163, 40226])
def test_a_bad_login_code_is_refused_and_not_repeated(host: FakeHost, mini: MiniProgram, code: int) -> None:
    host.says(errcode=code, errmsg="no")

    with pytest.raises(Refused) as caught:
        mini.code_to_session("code")

    assert (caught.value.code, len(host.asked)) == (str(code), 1)


def test_a_lost_login_is_unknown_and_not_repeated_for_the_code_is_spent(host: FakeHost, mini: MiniProgram) -> None:
    host.answers(Answer(hang_up=True))

    with pytest.raises(Unknown):
        mini.code_to_session("code")

    assert len(host.asked) == 1


@pytest.mark.parametrize("body", [b"", b"Internal Server Error"])
def test_a_plain_500_and_a_busy_platform_are_tried_again(host: FakeHost, mini: MiniProgram, body: bytes) -> None:
    host.answers(Answer(500, body), said(errcode=-1, errmsg="system error"), said(openid="o1"))

    assert mini.code_to_session("code").openid == "o1"


def test_a_gateways_502_is_unknown(host: FakeHost, mini: MiniProgram) -> None:
    host.answers(Answer(502, b"<html>bad gateway</html>"))

    with pytest.raises(Unknown):
        mini.send_subscribe_message("o1", "t", {})

    assert len(host.asked) == 1


@pytest.mark.parametrize("country", ["86", 86])
def test_a_phone_is_digits_with_country_code(host: FakeHost, mini: MiniProgram, country: Any) -> None:
    info = {
        "phoneNumber": "13800138000",
        "purePhoneNumber": "13800138000",
        "countryCode": country,
        "watermark": {"timestamp": 1, "appid": APPID},
    }
    host.says(errcode=0, errmsg="ok", phone_info=info)

    assert mini.phone_number("code") == "8613800138000"
    assert host.asked[0].params == {"access_token": "T0"}
    assert host.asked[0].json == {"code": "code"}


def test_a_phone_given_to_another_mini_program_is_refused(host: FakeHost, mini: MiniProgram) -> None:
    info = {"purePhoneNumber": "13800138000", "countryCode": "86", "watermark": {"appid": "other"}}
    host.says(errcode=0, phone_info=info)

    with pytest.raises(Refused):
        mini.phone_number("code")


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_renewed_once_and_the_call_repeated(host: FakeHost, mini: MiniProgram, code: int) -> None:
    host.answers(said(errcode=code, errmsg="token"), fresh_token(), said(errcode=0, errmsg="ok"))

    mini.send_subscribe_message("o1", "tmpl", {"thing1": "茶"}, "pages/index")

    assert [asked.params.get("access_token") for asked in host.asked] == ["T0", None, "T1"]
    assert host.asked[1].json["force_refresh"] is True
    assert host.asked[2].json == {
        "touser": "o1",
        "template_id": "tmpl",
        "page": "pages/index",
        "data": {"thing1": {"value": "茶"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }


def test_a_token_that_stays_refused_is_not_renewed_in_a_loop(host: FakeHost, mini: MiniProgram) -> None:
    refused = said(errcode=40001, errmsg="token")
    host.answers(refused, fresh_token(), refused)

    with pytest.raises(Misconfigured):
        mini.send_subscribe_message("o1", "tmpl", {})

    assert len(host.asked) == 3


def test_when_another_just_forced_a_token_theirs_is_asked_for(host: FakeHost, mini: MiniProgram) -> None:
    limited = said(errcode=45011, errmsg="force_refresh needs 30 seconds")
    host.answers(said(errcode=40001, errmsg="token"), limited, fresh_token("theirs"), said(errcode=0))

    mini.send_subscribe_message("o1", "tmpl", {})

    assert host.asked[2].json["force_refresh"] is False
    assert host.asked[3].params["access_token"] == "theirs"


def test_a_lost_message_is_unknown_and_not_repeated(host: FakeHost, mini: MiniProgram) -> None:
    host.answers(Answer(delay=0.5))

    with pytest.raises(Unknown):
        mini.send_subscribe_message("o1", "tmpl", {})

    assert len(host.asked) == 1


def test_the_first_token_is_fetched_without_force(host: FakeHost, clock: Clock) -> None:
    config = MiniProgramConfig(appid=APPID, secret="s3cret", base_url=host.url)
    mini = build_mini_program(config, MemoryStore(), clock, clock.sleep)
    host.answers(fresh_token(), said(errcode=0, url_link="https://wxaurl.cn/x"))

    assert mini.url_link("pages/index", "a=1", 7) == "https://wxaurl.cn/x"

    assert host.asked[0].json["force_refresh"] is False
    assert host.asked[1].json["expire_interval"] == 7


def test_a_code_is_a_picture_or_an_error(host: FakeHost, mini: MiniProgram) -> None:
    host.answers(Answer(200, b"\x89PNG..."), said(errcode=41030, errmsg="invalid page"))

    assert mini.wxa_code("s=1", "pages/index") == b"\x89PNG..."
    with pytest.raises(Refused) as caught:
        mini.wxa_code("s=1", "pages/none")

    assert caught.value.code == "41030"


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_picture_is_unknown(host: FakeHost, mini: MiniProgram, body: bytes) -> None:
    host.otherwise = lambda asked: Answer(200, body)

    with pytest.raises(Unknown):
        mini.wxa_code("s=1", "pages/index")


@pytest.mark.parametrize("scene", ["", "x" * 33, "a%20b", "茶", "a\n"])
def test_a_scene_that_wechat_would_refuse_is_not_sent(mini: MiniProgram, scene: str) -> None:
    with pytest.raises(ValueError, match="scene"):
        mini.wxa_code(scene, "pages/index")


def test_an_errno_counts_as_an_error(host: FakeHost, mini: MiniProgram) -> None:
    host.says(errno=1400001, errmsg="quota")

    with pytest.raises(Misconfigured):
        mini.phone_number("code")


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(MiniProgramConfig(appid=APPID, secret="s3cret"))
