"""WeCom's door: what it refuses, and the welcome message under WeCom's faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.kernel import clock
from infra.local.sandbox import crypto
from infra.local.sandbox.keys import SandboxKeys

JSON = {"Content-Type": "application/json"}


Counted = Callable[[], list[tuple[str, str | None]]]


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Counted:
    """The metrics of the door that were written since, each with its reason or code."""

    def read() -> list[tuple[str, str | None]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        names = [(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line) for line in lines]
        return [(name, line.get("reason") or line.get("code")) for name, line in names if name.startswith("We")]

    return read


def post(http: Any, keys: SandboxKeys, xml: str, **more: Any) -> Any:
    """Deliver an event as WeCom does; `corp`, `at` and `spoil` make it wrong."""
    encrypted = crypto.encrypt_event(xml, keys.encoding_aes_key, more.get("corp", keys.corp_id))
    seconds = str(more.get("at", clock.now() // 1000))
    signature = crypto.callback_signature(keys.callback_token, seconds, "n", encrypted)
    spoil = more.get("spoil", lambda text: text)
    query = urlencode({"timestamp": seconds, "nonce": "n", "msg_signature": signature})
    body = f"<xml><Encrypt><![CDATA[{spoil(encrypted)}]]></Encrypt></xml>".encode()
    return http.post(f"/callbacks/wecom?{query}", headers={"Content-Type": "text/xml"}, body=more.get("body", body))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Event>&b;</Event></xml>'
EVENT = "<xml><Event>change_moon_phase</Event><CreateTime>1</CreateTime></xml>"


@pytest.mark.parametrize(
    ("wrong", "status", "reason"),
    [
        ({"spoil": lambda text: ("B" if text[40] == "A" else "A").join((text[:40], text[41:]))}, 401, "bad_signature"),
        ({"at": 1_767_225_600}, 401, "stale"),
        ({"corp": "ww-another-corp"}, 400, "wrong_receiver"),
        ({"xml": BOMB}, 400, "bad_xml"),
        ({"body": BOMB.encode()}, 400, "bad_xml"),
    ],
    ids=["changed-bit", "stale", "another-corp", "bomb-inside", "bomb-outside"],
)
def test_what_is_not_wecoms_is_refused_and_counted(
    http: Any, keys: SandboxKeys, counted: Counted, wrong: dict[str, Any], status: int, reason: str
) -> None:
    answer = post(http, keys, wrong.pop("xml", EVENT), **wrong)

    assert answer.status_code == status, answer.body
    assert counted() == [("WeComCallbackRefused", reason)]


def test_the_same_delivery_inside_the_window_changes_nothing_and_outside_is_refused(
    http: Any, keys: SandboxKeys, counted: Counted
) -> None:
    xml = EVENT.replace("moon", f"moon{clock.now()}")
    old = clock.now() // 1000 - 400

    first, again, outside = post(http, keys, xml), post(http, keys, xml), post(http, keys, xml, at=old)

    assert [first.status_code, again.status_code, outside.status_code] == [200, 200, 401]
    assert [name for name, _ in counted()] == ["WeComCallbackRepeated", "WeComCallbackRefused"]


@pytest.mark.parametrize(
    ("fault", "welcomes", "metrics"),
    [
        ({"mode": "errcode", "errcode": 41050}, 0, ["WelcomeFailed"]),
        ({"mode": "errcode", "errcode": 41051}, 0, []),
        ({"mode": "errcode", "errcode": -1}, 1, ["WelcomeSent"]),
        ({"mode": "http_500"}, 1, ["WelcomeSent"]),
        ({"mode": "errcode", "errcode": 42001}, 1, ["WelcomeSent"]),
    ],
    ids=["late", "chat-began", "busy", "500", "token-over"],
)
def test_a_fault_of_the_welcome_never_fails_the_callback(
    http: Any,
    keys: SandboxKeys,
    sandbox: Any,
    counted: Counted,
    fault: dict[str, Any],
    welcomes: int,
    metrics: list[str],
) -> None:
    customer = sandbox.customer()
    sandbox.control("POST", "staff", {"userid": "welcomer", "name": "W"})
    pair = {"external_userid": customer["external_userid"], "userid": "welcomer", "callback": False}
    code = sandbox.control("POST", "add-contact", pair)["welcome_code"]
    path = "/cgi-bin/externalcontact/send_welcome_msg"
    sandbox.control("POST", "faults", {"path": path, "times": 1, **fault})
    xml = f"<xml><Event>change_external_contact</Event><WelcomeCode>{code}</WelcomeCode></xml>"
    try:
        answers = [post(http, keys, xml).status_code for _ in range(2)]
    finally:
        sandbox.control("DELETE", "faults")

    seen = [
        one
        for one in sandbox.control("GET", "messages")["items"]
        if one.get("external_userid") == pair["external_userid"]
    ]
    assert answers == [200, 200]
    assert len(seen) == welcomes
    assert [name for name, _ in counted() if name.startswith("Welcome")] == metrics
