"""Managers and operators over HTTP: own stores, histories, transfers, shared codes."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel import clock
from chalicelib.members.service import Person
from chalicelib.runtime.auth import Caller, issue_token

_numbers = count()


def as_staff(role: str, userid: str, guide_id: str = "") -> dict[str, str]:
    token, _ = issue_token(Caller(role, userid, guide_id=guide_id), clock.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def send(http: Any, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    raw = b"" if body is None else json.dumps(body).encode()
    return http.request(method, path, headers, raw)


def make_store(http: Any, admin: dict[str, str]) -> str:
    return str(send(http, "POST", "/admin/stores", admin, {"name": "成都店"}).json_body["store_id"])


def make_guide(http: Any, admin: dict[str, str], store_id: str | None = None) -> dict[str, Any]:
    body = {"name": "小李", "userid": f"managed{next(_numbers)}", "store_id": store_id}
    made = send(http, "POST", "/admin/guides", admin, body).json_body
    return {**made, "headers": as_staff("guide", made["userid"], made["guide_id"])}


def make_member(guide_id: str) -> str:
    """A member whose guide this is; on the guide's list as the stream puts them there."""
    from chalicelib.guides import events
    from chalicelib.guides import models as guide_models
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.rosters import handlers as roster_handlers
    from chalicelib.members import service as members
    from chalicelib.runtime import dynamo
    from chalicelib.runtime.events.functions import Change

    now = clock.now()
    openid = f"o-managed-{next(_numbers)}-{now}"
    member_id = members.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id
    bindings.bind(Person(member_id), guide_id, reason="badge", at=now, now=now)
    for row in dynamo.every(guide_models.BindingRow, f"BIND#{member_id}"):
        for event in events.events_of(Change("e", {}, row, "1", 1)):
            roster_handlers.follow(event)
    return member_id


@pytest.fixture
def manager(http: Any, sandbox: Any, admin: dict[str, str]) -> dict[str, Any]:
    """A manager of a store of their own."""
    store_id, userid = make_store(http, admin), f"manager{next(_numbers)}"
    send(http, "PUT", f"/admin/staff/{userid}", admin, {"role": "manager", "store_ids": [store_id]})
    return {"store_id": store_id, "headers": as_staff("manager", userid)}


def test_a_manager_sees_the_guides_and_members_of_own_stores_only(
    http: Any, admin: dict[str, str], manager: dict[str, Any]
) -> None:
    own, other = make_guide(http, admin, manager["store_id"]), make_guide(http, admin, make_store(http, admin))
    mine, theirs = make_member(own["guide_id"]), make_member(other["guide_id"])
    headers = manager["headers"]

    guides = send(http, "GET", f"/stores/{manager['store_id']}/guides", headers).json_body["items"]
    members = send(http, "GET", f"/guides/{own['guide_id']}/members", headers).json_body["items"]
    statuses = [
        send(http, "GET", path, headers).status_code
        for path in (
            f"/guides/me/members/{mine}",
            f"/guides/me/members/{theirs}",
            f"/stores/{other['store_id']}/guides",
            f"/guides/{other['guide_id']}/members",
        )
    ]

    assert [row["guide_id"] for row in guides] == [own["guide_id"]]
    assert [row["member_id"] for row in members] == [mine]
    assert statuses == [200, 404, 404, 404]


def test_a_manager_tags_members_of_own_stores_only(http: Any, admin: dict[str, str], manager: dict[str, Any]) -> None:
    own, other = make_guide(http, admin, manager["store_id"]), make_guide(http, admin, make_store(http, admin))
    tag_id = send(http, "POST", "/admin/tags", admin, {"name": "VIP"}).json_body["tag_id"]

    answers = [
        send(http, "POST", f"/guides/me/members/{member_id}/tags", manager["headers"], {"tag_id": tag_id})
        for member_id in (make_member(own["guide_id"]), make_member(other["guide_id"]))
    ]

    assert [answer.status_code for answer in answers] == [200, 404]


def test_a_manager_who_loses_the_store_sees_nothing_at_once(
    http: Any, admin: dict[str, str], manager: dict[str, Any]
) -> None:
    userid = json.loads(_payload(manager["headers"]))["sub"]
    send(http, "PUT", f"/admin/staff/{userid}", admin, {"role": "manager", "store_ids": []})

    answer = send(http, "GET", f"/stores/{manager['store_id']}/guides", manager["headers"])

    assert answer.status_code == 404


def test_the_list_shows_what_members_did_last(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    from chalicelib.members import service as members

    guide = make_guide(http, admin)
    quiet, busy = make_member(guide["guide_id"]), make_member(guide["guide_id"])
    members.add_to_timeline(busy, "scan", "visit", clock.now() + 5_000, code="C")

    rows = send(http, "GET", "/guides/me/members", guide["headers"]).json_body["items"]

    found = {row["member_id"]: row["last_activity"] for row in rows}
    assert found == {quiet: "joined", busy: "scan"}


def test_who_was_never_bound_has_an_empty_history(http: Any, admin: dict[str, str]) -> None:
    from chalicelib.members import service as members

    openid, now = f"o-unbound-{next(_numbers)}", clock.now()
    member_id = members.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id

    answer = send(http, "GET", f"/admin/members/{member_id}/bindings", admin)

    assert answer.status_code == 200, answer.body
    assert answer.json_body == {"member_id": member_id, "guide_id": None, "bindings": []}


def test_history_and_list_agree_through_protection_operator_and_refusal(
    http: Any, sandbox: Any, admin: dict[str, str]
) -> None:
    from chalicelib.guides import events
    from chalicelib.guides import models as guide_models
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.rosters import handlers as roster_handlers
    from chalicelib.runtime import dynamo
    from chalicelib.runtime.events.functions import Change

    first, second = make_guide(http, admin), make_guide(http, admin)
    member_id = make_member(first["guide_id"])
    now = clock.now()
    send(http, "PUT", "/admin/binding-policy", admin, {"kind": "protected", "days": 30})
    try:
        bindings.bind(Person(member_id), second["guide_id"], reason="badge", at=now + clock.DAY, now=now + clock.DAY)
        refused = send(http, "GET", f"/admin/members/{member_id}/bindings", admin).json_body
        given = send(http, "PUT", f"/admin/members/{member_id}/guide", admin, {"guide_id": second["guide_id"]})
    finally:
        send(http, "PUT", "/admin/binding-policy", admin, {"kind": "last_wins"})
    for row in dynamo.every(guide_models.BindingRow, f"BIND#{member_id}"):
        for event in events.events_of(Change("e", {}, row, "1", 1)):
            roster_handlers.follow(event)

    assert [row["guide_id"] for row in refused["bindings"]] == [first["guide_id"]]
    intervals = given.json_body["bindings"]
    assert [(row["guide_id"], row["reason"]) for row in intervals] == [
        (first["guide_id"], "badge"),
        (second["guide_id"], "operator"),
    ]
    assert intervals[0]["to_at"] == intervals[1]["from_at"]
    assert intervals[1]["to_at"] is None
    lists = [send(http, "GET", "/guides/me/members", guide["headers"]).json_body["items"] for guide in (first, second)]
    assert [[row["member_id"] for row in rows] for rows in lists] == [[], [member_id]]
    seen = [send(http, "GET", f"/guides/me/members/{member_id}", guide["headers"]) for guide in (first, second)]
    assert [answer.status_code for answer in seen] == [404, 200]


def test_a_transfer_is_accepted_and_can_be_followed(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    giver, taker = make_guide(http, admin), make_guide(http, admin)
    body = {"to_guide_id": taker["guide_id"], "member_ids": [make_member(giver["guide_id"])]}
    path = f"/admin/guides/{giver['guide_id']}/transfer"

    begun = send(http, "POST", path, {**admin, "Idempotency-Key": "transfer-1"}, body)
    again = send(http, "POST", path, {**admin, "Idempotency-Key": "transfer-1"}, body)
    followed = send(http, "GET", f"{path}s/{begun.json_body['transfer_id']}", admin)
    elsewhere = send(
        http, "GET", f"/admin/guides/{taker['guide_id']}/transfers/{begun.json_body['transfer_id']}", admin
    )
    themselves = send(http, "POST", path, admin, {"to_guide_id": giver["guide_id"]})

    assert (begun.status_code, begun.json_body["state"]) == (202, "asking")
    assert again.json_body["transfer_id"] == begun.json_body["transfer_id"]
    assert followed.json_body["transfer"]["transfer_id"] == begun.json_body["transfer_id"]
    assert (elsewhere.status_code, themselves.status_code) == (404, 422)


def test_a_shared_code_keeps_its_picture(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    first, second = make_guide(http, admin), make_guide(http, admin)
    hours = [{"from": "00:00", "to": "24:00"}]
    body = {"name": "门店码", "place": "门口", "guides": [{"guide_id": first["guide_id"], "hours": hours}]}

    made = send(http, "POST", "/admin/contact-ways", admin, body)
    way = made.json_body
    path = f"/admin/contact-ways/{way['contact_way_id']}"
    changed = send(http, "PUT", path, admin, {**body, "guides": [{"guide_id": second["guide_id"], "daily_cap": 5}]})
    wrong = send(http, "PUT", path, admin, {**body, "guides": [{"guide_id": "gde_unknown"}]})

    assert made.status_code == 201, made.body
    assert way["on_duty"] == [first["guide_id"]]
    assert changed.json_body["on_duty"] == [second["guide_id"]]
    assert changed.json_body["qr_code"] == way["qr_code"]
    assert wrong.status_code == 404
    assert send(http, "GET", path, admin).json_body == changed.json_body


def _payload(headers: dict[str, str]) -> bytes:
    import base64

    part = headers["Authorization"].split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
