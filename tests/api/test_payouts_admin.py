"""HTTP contract of payouts for operators: lists, retry and release, WeChat Pay's pause; and the payee's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.kernel import clock, ids
from chalicelib.payouts import breaker, sending, service
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.wechat import connect
from tests.support import drain


@pytest.fixture
def refused(stack: str) -> str:
    """A payout whose openid belongs to another app."""
    now = clock.now()
    return service.request(
        source="prize",
        source_id=ids.new_id("packet", now),
        member_id=ids.new_id("member", now),
        openid="nobody",
        amount_fen=188,
        remark="扫码有奖",
        now=now,
    )


@pytest.fixture
def sent(refused: str, sandbox: Any) -> dict[str, Any]:
    """The same, after WeChat Pay has refused it."""
    from chalicelib.payouts import operator_actions

    row = operator_actions.find(refused)
    sending.send(row["pk"].removeprefix("MBR#"), refused, pay=connect.pay(), now=clock.now())
    return row


@pytest.fixture(autouse=True)
def _not_paused(stack: str) -> Iterator[None]:
    yield
    breaker.resume()


def test_a_refused_payout_is_listed_sent_again_and_not_released_too_early(
    http: Any, admin: dict[str, str], refused: str, sent: dict[str, Any]
) -> None:
    drain(sending.QUEUE)

    listed = http.get("/admin/payouts?state=refused&limit=100", headers=admin).json_body["items"]
    early = http.post(f"/admin/payouts/{refused}/release", headers=admin, body=b"{}")
    again = http.post(f"/admin/payouts/{refused}/retry", headers=admin, body=b"{}")
    twice = http.post(f"/admin/payouts/{refused}/retry", headers=admin, body=b"{}")

    (mine,) = [one for one in listed if one["payout_id"] == refused]
    assert (mine["state"], mine["why"], mine["amount_fen"]) == ("SENDING", "PARAM_ERROR", 188)
    assert (early.status_code, early.json_body["error"]["code"]) == (409, "conflict")
    assert again.status_code == 200
    assert twice.status_code == 409
    assert [event["data"]["payout_id"] for event in drain(sending.QUEUE)] == [refused]


def test_an_unknown_payout_is_404_and_an_unknown_list_400(http: Any, admin: dict[str, str]) -> None:
    unknown = ids.derived_id("payout", "x")

    answers = [
        http.post(f"/admin/payouts/{unknown}/retry", headers=admin, body=b"{}").status_code,
        http.get(f"/admin/payouts/{unknown}", headers=admin).status_code,
        http.get("/admin/payouts?state=paid", headers=admin).status_code,
    ]

    assert answers == [404, 404, 400]


def test_an_operator_pauses_and_resumes_payouts(http: Any, admin: dict[str, str]) -> None:
    paused = http.post("/admin/payout-rail/pause", headers=admin, body=b"{}").json_body
    seen = http.get("/admin/payout-rail", headers=admin).json_body
    resumed = http.post("/admin/payout-rail/resume", headers=admin, body=b"{}").json_body

    assert paused == seen
    assert (seen["paused"], seen["why"]) == (True, "operator")
    assert resumed == {"paused": False, "since": None, "why": None}


def test_a_packet_from_2000_yuan_asks_its_owner_for_the_name(
    http: Any, sandbox: Any, stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.runtime.settings import settings

    monkeypatch.setenv("SIYU_PAYOUT_MAX_FEN", "300000")
    settings.cache_clear()
    now = clock.now()
    openid, member_id, packet_id = sandbox.customer()["openid"], ids.new_id("member", now), ids.new_id("packet", now)
    service.request(
        source="packet",
        source_id=packet_id,
        member_id=member_id,
        openid=openid,
        amount_fen=250_000,
        remark="大奖",
        now=now,
    )
    token, _ = issue_token(Caller("member", member_id, openid), now)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    name = json.dumps({"real_name": "王小明"}).encode()

    before = http.get("/me/packets", headers=headers).json_body["items"][0]
    blank = http.post(f"/me/packets/{packet_id}/name", headers=headers, body=b'{"real_name": "  "}')
    told = http.post(f"/me/packets/{packet_id}/name", headers=headers, body=name)
    twice = http.post(f"/me/packets/{packet_id}/name", headers=headers, body=name)
    monkeypatch.undo()
    settings.cache_clear()

    assert (before["state"], before["needs_name"]) == ("waiting", True)
    assert blank.status_code == 400
    assert (told.status_code, told.json_body["state"], told.json_body["needs_name"]) == (200, "sending", False)
    assert "王小明" not in told.body.decode()
    assert twice.status_code == 409
