"""HTTP contract of pushes."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from chalicelib.kernel import clock
from chalicelib.runtime.auth import Caller, issue_token

COUNTS = ("audience", "created", "sent", "confirmed", "delivered", "opened", "unknown")


@pytest.fixture
def segment_id(http: Any, admin: dict[str, str]) -> str:
    """A segment of nobody."""
    created = http.post("/admin/segments", headers=admin, body=b'{"name": "nobody", "rule": {"any": []}}')
    return str(created.json_body["segment_id"])


def _body(segment_id: str, **other: Any) -> bytes:
    wanted = {
        "segment_id": segment_id,
        "media": ["wecom", "subscribe_message"],
        "purpose": "service",
        "content": {"title": "新茶", "text": "春茶到店"},
        "send_at": None,
        **other,
    }
    return json.dumps(wanted).encode()


def test_a_push_is_made_and_shown_with_all_its_counts(http: Any, admin: dict[str, str], segment_id: str) -> None:
    created = http.post("/admin/pushes", headers=admin, body=_body(segment_id))
    shown = http.get(f"/admin/pushes/{created.json_body['push_id']}", headers=admin)

    assert created.status_code == 201
    assert shown.json_body == created.json_body
    assert shown.json_body["state"] == "sending"
    assert [shown.json_body[name] for name in COUNTS] == [0] * 7
    assert (shown.json_body["skipped"], shown.json_body["failed"]) == ({}, {})


def test_one_dedupe_key_makes_one_push(http: Any, admin: dict[str, str], segment_id: str) -> None:
    key = secrets.token_hex(8)

    first = http.post("/admin/pushes", headers=admin, body=_body(segment_id, dedupe_key=key))
    second = http.post("/admin/pushes", headers=admin, body=_body(segment_id, dedupe_key=key))
    other = http.post("/admin/pushes", headers=admin, body=_body(segment_id, dedupe_key=key, purpose="marketing"))

    assert first.json_body["push_id"] == second.json_body["push_id"]
    assert other.status_code == 409


def test_a_scheduled_push_can_be_paused_resumed_and_cancelled(
    http: Any, admin: dict[str, str], segment_id: str
) -> None:
    created = http.post("/admin/pushes", headers=admin, body=_body(segment_id, send_at="2099-01-01T00:00:00+08:00"))
    path = f"/admin/pushes/{created.json_body['push_id']}"

    states = [http.post(f"{path}/{verb}", headers=admin).json_body["state"] for verb in ("pause", "resume", "cancel")]
    after = http.post(f"{path}/resume", headers=admin)

    assert created.json_body["state"] == "scheduled"
    assert states == ["paused", "scheduled", "cancelled"]
    assert after.status_code == 409


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"media": ["pigeon"]}, 400),
        ({"media": []}, 400),
        ({"media": ["sms", "sms"]}, 400),
        ({"media": ["sms"]}, 422),
        ({"purpose": "fun"}, 400),
        ({"send_at": "tomorrow"}, 400),
        ({"segment_id": "seg_nobody"}, 404),
        ({"extra": 1}, 400),
    ],
)
def test_what_can_not_be_sent_is_refused(
    http: Any, admin: dict[str, str], segment_id: str, other: Any, status: int
) -> None:
    body = _body(**{"segment_id": segment_id, **other})

    assert http.post("/admin/pushes", headers=admin, body=body).status_code == status


def test_a_member_may_opt_out(http: Any, stack: str) -> None:
    token, _ = issue_token(Caller("member", f"mbr_{secrets.token_hex(13)}"), clock.now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    said = http.post("/me/pushes/opt-out", headers=headers, body=b'{"purpose": "marketing", "opted_out": true}')

    assert said.status_code == 204


def test_operators_only(http: Any, stack: str) -> None:
    assert http.get("/admin/pushes/psh_x").status_code == 401
