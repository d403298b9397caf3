"""What a member and their guide are shown over HTTP, with the token of either profile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.guides import service as guide_service
from chalicelib.guides.events import events_of
from chalicelib.guides.models import BindingRow
from chalicelib.guides.rosters import handlers
from chalicelib.kernel import clock
from chalicelib.members import service as members
from chalicelib.runtime import dynamo
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def token(member_id: str, openid: str) -> dict[str, str]:
    """Headers of a member's session."""
    issued, _ = issue_token(Caller("member", member_id, openid), clock.now())
    return {"Authorization": f"Bearer {issued}", "Content-Type": "application/json"}


def guide_token(guide_id: str) -> dict[str, str]:
    """Headers of a guide in the sidebar."""
    issued, _ = issue_token(Caller("guide", guide_id, guide_id=guide_id), clock.now())
    return {"Authorization": f"Bearer {issued}"}


def post(http: Any, path: str, headers: dict[str, str], **body: Any) -> Any:
    answer = http.post(path, headers=headers, body=json.dumps(body).encode())
    assert answer.status_code in (200, 201), answer.body
    return answer.json_body


def get(http: Any, path: str, headers: dict[str, str]) -> Any:
    answer = http.get(path, headers=headers)
    assert answer.status_code == 200, answer.body
    return answer.json_body


def lists_follow(*member_ids: str) -> None:
    """What the streams tell of claims and merges reaches the lists."""
    for member_id in member_ids:
        for row in dynamo.every(BindingRow, f"BIND#{member_id}"):
            for event in events_of(Change("e", {}, row, "1", 1)):
                handlers.follow(event)
        handlers.follow(Event("e", "member.merged", 1, {"member_id": member_id}))


@pytest.fixture
def badge(guides: list[str]) -> str:
    """The printed token of the first guide."""
    return guide_service.badge_of(guides[0])


def test_either_token_shows_one_member_with_their_guide(
    http: Any, customer: Any, guides: list[str], badge: str
) -> None:
    old = token(customer.first, customer.openid)
    post(http, "/me/guide", old, badge=badge)
    post(http, "/me/consents", old, purpose="marketing", granted=False, version="1")
    stands = customer.later()

    shown = [get(http, "/me", headers) for headers in (old, token(stands, customer.openid))]

    assert shown[0] == shown[1]
    assert (shown[0]["member_id"], shown[0]["guide_id"]) == (stands, guides[0])
    assert shown[0]["consents"]["marketing"]["granted"] is False


def test_a_guide_finds_their_customer_once_with_everything(
    http: Any, customer: Any, guides: list[str], badge: str
) -> None:
    post(http, "/me/guide", token(customer.first, customer.openid), badge=badge)
    members.add_to_timeline(members.person(customer.first).id, "scan", "before", clock.now())
    stands = customer.later()
    members.add_to_timeline(stands, "scan", "after", clock.now())
    lists_follow(customer.first, stands)
    mine = guide_token(guides[0])

    listed = get(http, "/guides/me/members", mine)["items"]
    seen = [get(http, f"/guides/me/members/{member_id}", mine) for member_id in (customer.first, stands)]

    assert [(row["member_id"], row["bound"]) for row in listed] == [(stands, True)]
    assert seen[0] == seen[1]
    assert [row["kind"] for row in seen[0]["timeline"]].count("scan") == 2
    assert seen[0]["guide_id"] == guides[0]


def test_another_guide_finds_nobody(http: Any, customer: Any, guides: list[str], badge: str) -> None:
    post(http, "/me/guide", token(customer.first, customer.openid), badge=badge)
    stands = customer.later()
    lists_follow(customer.first, stands)

    answer = http.get(f"/guides/me/members/{stands}", headers=guide_token(guides[1]))

    assert answer.status_code == 404
    assert get(http, "/guides/me/members", guide_token(guides[1]))["items"] == []


def test_the_export_tells_of_all_profiles(http: Any, customer: Any, guides: list[str], badge: str) -> None:
    old = token(customer.first, customer.openid)
    post(http, "/me/guide", old, badge=badge)
    stands = customer.later()

    export = get(http, "/me/export", old)

    assert export["member_ids"] == list(members.person(stands).ids)
    assert [row["guide_id"] for row in export["bindings"]] == [guides[0]]


def test_an_operator_gives_the_person_away_whichever_id_they_name(
    http: Any, admin: dict[str, str], customer: Any, guides: list[str], badge: str
) -> None:
    post(http, "/me/guide", token(customer.first, customer.openid), badge=badge)
    stands = customer.later()

    http.put(f"/admin/members/{customer.first}/guide", headers=admin, body=json.dumps({"guide_id": guides[1]}).encode())

    shown = [get(http, f"/admin/members/{one}/bindings", admin)["bindings"] for one in (customer.first, stands)]
    assert shown[0] == shown[1]
    assert [(row["guide_id"], row["reason"]) for row in shown[0]] == [(guides[0], "badge"), (guides[1], "operator")]
