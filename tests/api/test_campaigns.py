"""HTTP contract of campaigns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.clock import DAY, to_rfc3339
from chalicelib.members import service as members
from chalicelib.runtime.auth import Caller, issue_token

Headers = dict[str, str]


def asked(**given: Any) -> bytes:
    now = clock.now()
    body = {
        "name": "春茶节红包",
        "starts_at": to_rfc3339(now - 1000),
        "ends_at": to_rfc3339(now + DAY),
        "pot": {"total_fen": 1000, "shares": 4, "split": "lucky"},
        "reward_for": ["invitee", "inviter"],
        "tiers": [{"invites": 1, "reward": "draw"}],
        "max_draws_per_member": 2,
        "act": "join",
        "waiting_hours": 0,
        "risk": "default",
    }
    return json.dumps({**body, **given}).encode()


@pytest.fixture
def make_member(stack: str, sandbox: Any) -> Callable[[], Headers]:
    def make() -> Headers:
        openid = sandbox.customer()["openid"]
        now = clock.now()
        found = members.recognise({"openid": openid}, channel_id=None, origin="mini_program", now=now)
        token, _ = issue_token(Caller("member", found.member_id, openid), now)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    return make


@pytest.fixture
def campaign_id(http: Any, admin: Headers) -> str:
    created = http.post("/admin/campaigns", headers=admin, body=asked())
    http.post(f"/admin/campaigns/{created.json_body['campaign_id']}/publish", headers=admin, body=b"{}")
    return str(created.json_body["campaign_id"])


def test_a_new_campaign_comes_with_warnings_and_waits_to_be_published(http: Any, admin: Headers) -> None:
    created = http.post("/admin/campaigns", headers=admin, body=asked())

    assert created.status_code == 201
    assert created.json_body["campaign_id"].startswith("cmp_")
    assert created.json_body["state"] == "draft"
    assert created.json_body["warnings"]


def test_characters_that_the_poster_can_not_draw_are_named_when_a_campaign_is_made(http: Any, admin: Headers) -> None:
    drawn, boxed = (
        http.post("/admin/campaigns", headers=admin, body=asked(name=name)).json_body["warnings"]
        for name in ("囍鑫喆𠮷", "囍鑫喆𠮷\U0001f9e7")
    )

    (warning,) = (text for text in boxed if text not in drawn)
    assert "\U0001f9e7 (U+1F9E7)" in warning
    assert not any("poster" in text for text in drawn)


def test_one_idempotency_key_makes_one_campaign(http: Any, admin: Headers) -> None:
    headers = {**admin, "Idempotency-Key": "spring"}
    body = asked()

    answers = [http.post("/admin/campaigns", headers=headers, body=body).json_body for _ in range(2)]

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"pot": {"total_fen": 30, "shares": 4, "split": "lucky"}}, 422, "impossible_pot"),
        ({"pot": {"total_fen": 100_000, "shares": 4, "split": "equal"}}, 422, "impossible_pot"),
        ({"pot": {"total_fen": 100, "shares": 4, "split": "fixed", "amount_fen": 24}}, 422, "impossible_pot"),
        ({"pot": {"total_fen": 39, "shares": 4, "split": "equal_at_end"}}, 422, "impossible_pot"),
        ({"pot": {"total_fen": 1000, "shares": 0, "split": "equal"}}, 400, "invalid_body"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 400, "invalid_parameter"),
        ({"unknown": 1}, 400, "unknown_field"),
        ({"risk": {"per_moon": 1}}, 400, "unknown_field"),
        ({"max_fen_per_member_per_day": 100}, 422, "impossible_pot"),
    ],
)
def test_what_can_not_be_kept_is_refused(
    http: Any, admin: Headers, given: dict[str, Any], status: int, code: str
) -> None:
    refused = http.post("/admin/campaigns", headers=admin, body=asked(**given))

    assert (refused.status_code, refused.json_body["error"]["code"]) == (status, code)


def test_a_campaign_is_paused_resumed_and_ended(http: Any, admin: Headers, campaign_id: str) -> None:
    states = [
        http.post(f"/admin/campaigns/{campaign_id}/{step}", headers=admin, body=b"{}").json_body["state"]
        for step in ("pause", "pause", "resume", "end")
    ]
    refused = http.post(f"/admin/campaigns/{campaign_id}/resume", headers=admin, body=b"{}")

    assert states == ["paused", "paused", "running", "ended"]
    assert refused.status_code == 409


def test_an_unknown_campaign_is_404(http: Any, admin: Headers) -> None:
    unknown = "cmp_" + "0" * 26

    answers = [
        http.get(f"/campaigns/{unknown}"),
        http.post(f"/admin/campaigns/{unknown}/publish", headers=admin, body=b"{}"),
        http.get(f"/admin/campaigns/{unknown}/report", headers=admin),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_everybody_may_read_what_a_campaign_offers(http: Any, campaign_id: str) -> None:
    shown = http.get(f"/campaigns/{campaign_id}").json_body

    assert shown["state"] == "running"
    assert shown["pot"] == {"total_fen": 1000, "shares": 4, "split": "lucky", "min_fen": 10, "max_fen": 20000}


def test_a_member_joins_invites_and_draws(http: Any, campaign_id: str, make_member: Callable[[], Headers]) -> None:
    inviter, friend = make_member(), make_member()
    joined = http.post(f"/campaigns/{campaign_id}/join", headers=inviter, body=b"{}").json_body
    child = http.post(
        f"/campaigns/{campaign_id}/join", headers=friend, body=json.dumps({"invite": joined["invite"]}).encode()
    ).json_body

    first = http.post(f"/campaigns/{campaign_id}/draw", headers=friend, body=b'{"draw_no": 1}')
    again = http.post(f"/campaigns/{campaign_id}/draw", headers=friend, body=b"{}")
    second = http.post(f"/campaigns/{campaign_id}/draw", headers=friend, body=b'{"draw_no": 2}')

    assert len(joined["invite"]) == 32
    assert (joined["depth"], child["depth"]) == (0, 1)
    assert first.status_code == 200
    assert first.json_body["state"] == "sending"
    assert first.json_body == again.json_body
    assert second.json_body["error"]["code"] == "nothing_to_draw"
    assert http.get(f"/campaigns/{campaign_id}/me", headers=friend).json_body == child


def test_who_has_not_joined_has_no_part(http: Any, campaign_id: str, make_member: Callable[[], Headers]) -> None:
    stranger = make_member()

    part = http.get(f"/campaigns/{campaign_id}/me", headers=stranger)
    drawn = http.post(f"/campaigns/{campaign_id}/draw", headers=stranger, body=b"{}")

    assert part.status_code == 404
    assert drawn.json_body["error"]["code"] == "nothing_to_draw"


@pytest.mark.parametrize("invite", ["A" * 32, "", "nonsense!"])
def test_a_forged_invite_is_refused(
    http: Any, campaign_id: str, make_member: Callable[[], Headers], invite: str
) -> None:
    refused = http.post(
        f"/campaigns/{campaign_id}/join", headers=make_member(), body=json.dumps({"invite": invite}).encode()
    )

    assert (refused.status_code, refused.json_body.get("error", {}).get("code")) in (
        (422, "invalid_invite"),
        *([(200, None)] if invite == "" else []),
    )


def test_a_poster_bears_the_inviters_code(http: Any, campaign_id: str, make_member: Callable[[], Headers]) -> None:
    joined = http.post(f"/campaigns/{campaign_id}/join", headers=make_member(), body=b"{}").json_body

    poster = http.get(f"/campaigns/{campaign_id}/poster?invite={joined['invite']}", headers={"Accept": "image/png,*/*"})

    assert joined["poster_url"].endswith(f"/campaigns/{campaign_id}/poster?invite={joined['invite']}")
    assert poster.status_code == 200
    assert poster.headers["Content-Type"] == "image/png"
    assert poster.body.startswith(b"\x89PNG")


def test_the_report_adds_up(http: Any, admin: Headers, campaign_id: str, make_member: Callable[[], Headers]) -> None:
    member = make_member()
    http.post(f"/campaigns/{campaign_id}/join", headers=member, body=b"{}")
    drawn = http.post(f"/campaigns/{campaign_id}/draw", headers=member, body=b"{}").json_body

    report = http.get(f"/admin/campaigns/{campaign_id}/report", headers=admin).json_body

    assert report["funded_fen"] == 1000
    assert report["drawn_fen"] == drawn["amount_fen"]
    assert report["remaining_fen"] == 1000 - drawn["amount_fen"]


def test_browsers_get_a_page_with_rules_odds_and_organiser(http: Any, admin: Headers) -> None:
    made = http.post(
        "/admin/campaigns",
        headers=admin,
        body=asked(name="春茶<节>", organiser="某某茶业有限公司", contact="400-000-0000", terms="第一条\n第二条"),
    )
    campaign_id = made.json_body["campaign_id"]
    http.post(f"/admin/campaigns/{campaign_id}/publish", headers=admin, body=b"{}")

    page = http.get(f"/campaigns/{campaign_id}", headers={"Accept": "text/html,*/*;q=0.8"})
    text = page.body.decode()

    assert page.headers["Content-Type"].startswith("text/html")
    assert "script" not in text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for shown in ("春茶&lt;节&gt;", "10.00 元", "共 4 个红包", "某某茶业有限公司", "400-000-0000", "第二条", "进行中"):
        assert shown in text


def test_the_tree_the_reviews_and_the_gifts_are_listed(
    http: Any, admin: Headers, campaign_id: str, make_member: Callable[[], Headers]
) -> None:
    http.post(f"/campaigns/{campaign_id}/join", headers=make_member(), body=b"{}")
    base = f"/admin/campaigns/{campaign_id}"

    for listed in ("tree", "reviews", "gifts"):
        answer = http.get(f"{base}/{listed}", headers=admin)
        assert answer.status_code == 200
        assert answer.json_body == {"items": [], "next_cursor": None}
    assert http.get(f"{base}/tree?root=ptc_x", headers=admin).status_code == 404
    unknown = json.dumps({"participant_id": "ptc_x", "decision": "release"}).encode()
    assert http.post(f"{base}/review", headers=admin, body=unknown).status_code == 404


def test_a_gift_is_claimed_only_when_it_was_reached(
    http: Any, campaign_id: str, make_member: Callable[[], Headers]
) -> None:
    member = make_member()
    http.post(f"/campaigns/{campaign_id}/join", headers=member, body=b"{}")
    address = json.dumps({"name": "张三", "phone": "13800138000", "address": "成都市锦江区某路 1 号"}).encode()

    assert http.post(f"/campaigns/{campaign_id}/gifts/10", headers=member, body=address).status_code == 404
    assert http.get(f"/campaigns/{campaign_id}/gifts", headers=member).json_body["items"] == []
