"""The audit trail over HTTP: what operators did, and nothing that names a person."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.kernel import clock
from chalicelib.runtime.auth import Caller, issue_token


def operator(name: str, role: str = "admin") -> dict[str, str]:
    token, _ = issue_token(Caller(role, name), clock.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def deeds_of(http: Any, who: str, path: str = "/admin/audit?limit=200") -> list[dict[str, Any]]:
    answer = http.get(path, headers=operator("auditor"))
    assert answer.status_code == 200, answer.body
    return [row for row in answer.json_body["items"] if row["who"] == who]


def test_every_action_of_an_operator_leaves_a_row(http: Any) -> None:
    body = json.dumps({"name": "审计渠道", "regions": ["成都"]}).encode()

    made = http.post("/admin/channels", headers=operator("auditee"), body=body).json_body

    (row,) = deeds_of(http, "auditee")
    assert (row["role"], row["method"], row["route"]) == ("admin", "POST", "/admin/channels")
    assert row["ids"] == [made["channel_id"]]
    assert row["request_id"]
    assert "审计渠道" not in json.dumps(row, ensure_ascii=False)


def test_reading_and_refused_actions_leave_none(http: Any) -> None:
    headers = operator("reader")

    http.get("/admin/channels", headers=headers)
    refused = http.post("/admin/stores", headers=headers, body=b'{"name": "S", "channel_id": "chn_unknown"}')

    assert refused.status_code == 404
    assert deeds_of(http, "reader") == []


def test_the_trail_is_paged_without_gaps(http: Any) -> None:
    made = [
        http.post("/admin/channels", headers=operator("pager"), body=b'{"name": "P"}').json_body["channel_id"]
        for _ in range(5)
    ]

    found, cursor = [], ""
    while True:
        page = http.get(f"/admin/audit?limit=2{cursor}", headers=operator("auditor")).json_body
        found += [row["ids"][0] for row in page["items"] if row["who"] == "pager"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert found == made[::-1]
    assert len(deeds_of(http, "pager", f"/admin/audit?day={clock.shanghai_day(clock.now())}&limit=200")) == 5
    assert deeds_of(http, "pager", "/admin/audit?day=20200101") == []


def test_a_row_costs_one_write(http: Any) -> None:
    from chalicelib.runtime.aws import client

    units: list[float] = []
    events = client("dynamodb").meta.events

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "PutItem":
            units.append(parsed["ConsumedCapacity"]["CapacityUnits"])

    events.register("after-call.dynamodb", note, unique_id="audit-cost")
    try:
        http.post("/admin/channels", headers=operator("coster"), body=b'{"name": "C"}')
    finally:
        events.unregister("after-call.dynamodb", unique_id="audit-cost")

    assert units == [1.0, 1.0]


def test_only_admins_read_the_trail(http: Any) -> None:
    assert http.get("/admin/audit", headers=operator("boss", "manager")).status_code == 403
