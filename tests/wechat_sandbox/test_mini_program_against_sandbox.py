from __future__ import annotations

import msgspec
import pytest

from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable
from chalicelib.wechat.gateways import MiniProgramConfig, build_mini_program
from chalicelib.wechat.mini_program import MiniProgram
from infra.local.sandbox.server import SandboxServer
from tests.unit.wechat.wechat_host import MemoryStore
from tests.wechat_sandbox.conftest import MovableClock, World

SEND = "/cgi-bin/message/subscribe/send"
DATA = {"thing1": "新茶上市"}


def login_code(world: World, openid: str) -> str:
    return str(world.control("POST", "js-codes", {"openid": openid})["js_code"])


def test_a_login_code_works_once(world: World, mini: MiniProgram) -> None:
    customer = world.customer()
    code = login_code(world, customer["openid"])

    session = mini.code_to_session(code)

    assert (session.openid, session.unionid) == (customer["openid"], customer["unionid"])
    with pytest.raises(Refused) as used:
        mini.code_to_session(code)
    with pytest.raises(Refused) as invented:
        mini.code_to_session("invented")
    assert (used.value.code, invented.value.code) == ("40163", "40029")


def test_a_session_has_the_unionid_only_once_the_app_gets_to_know_it(world: World, mini: MiniProgram) -> None:
    customer = world.customer(unionid=None)
    before = mini.code_to_session(login_code(world, customer["openid"]))
    body = {"external_userid": customer["external_userid"]}
    revealed = world.control("POST", "reveal-unionid", body)

    after = mini.code_to_session(login_code(world, customer["openid"]))

    assert (before.openid, before.unionid) == (customer["openid"], None)
    assert after.unionid == revealed["unionid"]


def test_a_phone_is_read_with_its_country(world: World, mini: MiniProgram) -> None:
    customer = world.customer(phone="13800138000")
    code = world.control("POST", "phone-codes", {"openid": customer["openid"]})["phone_code"]

    assert mini.phone_number(code) == "8613800138000"
    with pytest.raises(Refused):
        mini.phone_number(code)


def test_a_subscribe_message_arrives_while_the_subscription_lasts(world: World, mini: MiniProgram) -> None:
    openid = world.customer()["openid"]

    for _ in range(10):
        mini.send_subscribe_message(openid, "tmpl", DATA, "pages/index/index")
    with pytest.raises(Refused) as caught:
        mini.send_subscribe_message(openid, "tmpl", DATA)

    assert caught.value.code == "43101"
    assert [message["openid"] for message in world.messages()] == [openid] * 10
    assert world.messages()[0]["content"]["data"] == {"thing1": {"value": "新茶上市"}}


@pytest.mark.parametrize(
    ("openid", "data", "code"), [("nobody", DATA, "40003"), (None, {"thing1": "长" * 21}, "47003")]
)
def test_a_message_that_breaks_a_rule_is_refused(
    world: World, mini: MiniProgram, openid: str | None, data: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        mini.send_subscribe_message(openid or world.customer()["openid"], "tmpl", data)

    assert caught.value.code == code


def test_links_and_codes_are_made(world: World, mini: MiniProgram) -> None:
    assert mini.url_link("pages/index/index", "c=1", 7).startswith(f"{world.url}/l/")
    assert mini.wxa_code("i=abc", "pages/index/index").startswith(b"\x89PNG")
    with pytest.raises(Refused):
        mini.wxa_code("i=abc", "/pages/leading/slash")


def test_an_expired_token_is_renewed_without_the_caller_noticing(world: World, mini: MiniProgram) -> None:
    openid = world.customer()["openid"]
    mini.send_subscribe_message(openid, "tmpl", DATA)
    world.control("POST", "expire-tokens")

    mini.send_subscribe_message(openid, "tmpl", DATA)

    assert len(world.messages()) == 2


def test_a_second_container_uses_the_first_ones_token(
    world: World, mini_config: MiniProgramConfig, store: MemoryStore, clock: MovableClock
) -> None:
    openid = world.customer()["openid"]
    for _ in range(3):
        build_mini_program(mini_config, store, clock).send_subscribe_message(openid, "tmpl", DATA)

    assert world.calls_of("/cgi-bin/stable_token") == 1


def test_when_a_foreign_system_forced_a_token_it_is_picked_up(world: World, mini: MiniProgram) -> None:
    openid = world.customer()["openid"]
    mini.send_subscribe_message(openid, "tmpl", DATA)
    world.mini_token(force_refresh=True)  # our token is dead now, and ours to force only 30 s later

    mini.send_subscribe_message(openid, "tmpl", DATA)

    assert len(world.messages()) == 2


def test_a_wrong_secret_says_so(
    mini_config: MiniProgramConfig, store: MemoryStore, clock: MovableClock, world: World
) -> None:
    wrong = msgspec.structs.replace(mini_config, secret="wrong")

    with pytest.raises(Misconfigured, match="app secret"):
        build_mini_program(wrong, store, clock, clock.advance).url_link("pages/index/index")


@pytest.mark.parametrize(
    ("mode", "times", "errcode", "raised", "arrived"),
    [
        ("http_500", 2, None, None, 1),
        ("http_500", 3, None, Refused, 0),
        ("errcode", 2, -1, None, 1),
        ("errcode", 3, -1, Refused, 0),
        ("errcode", 1, 45009, Refused, 0),
        ("errcode", 1, 43101, Refused, 0),
        ("errcode", 1, 40001, None, 1),
        ("errcode", 2, 40001, Misconfigured, 0),
        ("errcode", 1, 40164, Misconfigured, 0),
        ("timeout_before", 1, None, Unknown, 0),
        ("timeout_after", 1, None, Unknown, 1),
        ("slow", 1, None, None, 1),
    ],
)
def test_each_fault_ends_as_what_it_is_and_a_message_is_never_sent_twice(
    world: World,
    mini: MiniProgram,
    mode: str,
    times: int,
    errcode: int | None,
    raised: type[Exception] | None,
    arrived: int,
) -> None:
    openid = world.customer()["openid"]
    world.fault(SEND, mode, times, errcode)

    if raised is None:
        mini.send_subscribe_message(openid, "tmpl", DATA)
    else:
        with pytest.raises(raised):
            mini.send_subscribe_message(openid, "tmpl", DATA)

    assert len(world.messages()) == arrived


def test_a_lost_token_answer_is_asked_for_again(world: World, mini: MiniProgram) -> None:
    world.fault("/cgi-bin/stable_token", "timeout_after")

    assert mini.url_link("pages/index/index")


def test_a_lost_login_is_unknown_and_its_code_is_spent(world: World, mini: MiniProgram) -> None:
    code = login_code(world, world.customer()["openid"])
    world.fault("/sns/jscode2session", "timeout_after")

    with pytest.raises(Unknown):
        mini.code_to_session(code)
    with pytest.raises(Refused) as caught:
        mini.code_to_session(code)

    assert caught.value.code == "40163"


def test_a_platform_that_is_gone_is_unreachable(server: SandboxServer, mini: MiniProgram) -> None:
    server.stop()

    with pytest.raises(Unreachable):
        mini.code_to_session("code")
