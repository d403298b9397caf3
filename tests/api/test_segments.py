"""HTTP contract of tags and segments."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel import clock, ids
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.segments import service


def _member(channel_id: str) -> str:
    now = clock.now()
    openid = f"o{secrets.token_hex(10)}"
    member_id = members.recognise({"openid": openid}, channel_id=channel_id, origin="scan", now=now).member_id
    service.refresh(member_id, now)
    return member_id


def _as_guide(guide_id: str) -> dict[str, str]:
    token, _ = issue_token(Caller("guide", "userid", guide_id=guide_id), clock.now())
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _tag(http: Any, admin: dict[str, str]) -> str:
    created = http.post("/admin/tags", headers=admin, body=b'{"name": "VIP", "group": "level"}')
    assert created.status_code == 201
    return str(created.json_body["tag_id"])


def test_a_segment_is_counted_in_the_background(http: Any, admin: dict[str, str]) -> None:
    channel_id = f"chn_{secrets.token_hex(6)}"
    member_id = _member(channel_id)
    rule = {"all": [{"attribute": "channel_id", "op": "=", "value": channel_id}, {"not": {"any": []}}]}

    created = http.post("/admin/segments", headers=admin, body=json.dumps({"name": "s", "rule": rule}).encode())
    segment_id = created.json_body["segment_id"]
    before = http.get(f"/admin/segments/{segment_id}/preview", headers=admin)
    service.count_members(segment_id, 1, clock.now())
    after = http.get(f"/admin/segments/{segment_id}/preview", headers=admin)

    assert created.status_code == 201
    assert before.json_body == {"count": 0, "sample": [], "state": "building", "as_of": None}
    assert (after.json_body["count"], after.json_body["sample"]) == (1, [member_id])
    assert after.json_body["state"] == "ready"


def test_a_guide_tags_only_the_members_it_serves(http: Any, admin: dict[str, str]) -> None:
    now, guide_id = clock.now(), ids.new_id("guide", clock.now())
    guides.create_guide(guide_id, name="g", userid=f"u{secrets.token_hex(6)}", store_id=None, now=now)
    member_id, foreign = _member("chn_x"), _member("chn_x")
    bindings.bind(Person(member_id), guide_id, reason="badge", at=now - 1, now=now)
    body = json.dumps({"tag_id": _tag(http, admin)}).encode()

    own = http.post(f"/guides/me/members/{member_id}/tags", headers=_as_guide(guide_id), body=body)
    other = http.post(f"/guides/me/members/{foreign}/tags", headers=_as_guide(guide_id), body=body)

    assert own.status_code == 200
    assert own.json_body["tags"] == [json.loads(body)["tag_id"]]
    assert other.status_code == 404


@pytest.mark.parametrize("rule", [{"both": []}, {"attribute": "x", "op": "eq", "value": "1"}])
def test_what_is_no_rule_is_a_bad_request(http: Any, admin: dict[str, str], rule: Any) -> None:
    refused = http.post("/admin/segments", headers=admin, body=json.dumps({"name": "s", "rule": rule}).encode())

    assert refused.status_code == 400
    assert refused.json_body["error"]["param"].startswith("rule")


def test_lists_of_tags_and_segments_are_there(http: Any, admin: dict[str, str]) -> None:
    _tag(http, admin)

    assert http.get("/admin/tags?limit=1", headers=admin).json_body["items"][0]["name"]
    assert http.get("/admin/segments", headers=admin).status_code == 200
    assert http.get("/admin/segments/seg_nobody/preview", headers=admin).status_code == 404
