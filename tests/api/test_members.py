"""HTTP contract of members."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.members.service import Person
from tests.exports_world import bucket as bucket

JSON = {"Content-Type": "application/json"}


class MiniProgram:
    """The mini program of one customer."""

    def __init__(self, http: Any, sandbox: Any, customer: dict[str, str] | None = None) -> None:
        self.http = http
        self.sandbox = sandbox
        self.customer = customer or sandbox.customer()
        self.headers = dict(JSON)

    def log_in(self, **more: str) -> Any:
        """POST /auth/mini-program with a fresh code."""
        answer = self.post("/auth/mini-program", js_code=self.sandbox.js_code(self.customer["openid"]), **more)
        if answer.status_code == 200:
            self.headers["Authorization"] = f"Bearer {answer.json_body['token']}"
        return answer

    def post(self, path: str, **body: Any) -> Any:
        return self.http.post(path, headers=self.headers, body=json.dumps(body).encode())

    def get(self, path: str) -> Any:
        return self.http.get(path, headers=self.headers)

    def phone_code(self) -> str:
        return str(self.sandbox.control("POST", "phone-codes", {"openid": self.customer["openid"]})["phone_code"])


@pytest.fixture
def phone(http: Any, sandbox: Any) -> MiniProgram:
    """A customer's phone with the mini program."""
    return MiniProgram(http, sandbox)


@pytest.fixture
def badge(http: Any, sandbox: Any, admin: dict[str, str]) -> dict[str, str]:
    """A guide with a badge."""
    userid = f"badge-{sandbox.customer()['phone']}"
    made = http.post("/admin/guides", headers=admin, body=json.dumps({"name": "导购", "userid": userid}).encode())
    assert made.status_code == 201, made.body
    return dict(made.json_body)


def test_a_stranger_becomes_a_member_once(phone: MiniProgram) -> None:
    first = phone.log_in()
    again = phone.log_in()

    assert first.status_code == 200
    assert (first.json_body["is_new"], again.json_body["is_new"]) == (True, False)
    assert first.json_body["member"] == again.json_body["member"] == phone.get("/me").json_body
    assert first.json_body["member"]["openid"] == phone.customer["openid"]
    assert first.json_body["member"]["channel_id"] == "mini_program"
    assert first.json_body["member"]["guide_id"] is None


def test_a_code_works_once(phone: MiniProgram) -> None:
    code = phone.sandbox.js_code(phone.customer["openid"])
    phone.post("/auth/mini-program", js_code=code)

    for bad in (code, "made-up"):
        refused = phone.post("/auth/mini-program", js_code=bad)

        assert refused.status_code == 401
        assert refused.json_body["error"]["code"] == "invalid_js_code"


def test_a_scan_id_that_is_none_does_not_stand_in_the_way(phone: MiniProgram) -> None:
    assert phone.log_in(scan_id="made-up").status_code == 200


def test_a_scan_brings_its_channel(phone: MiniProgram) -> None:
    from chalicelib.codes.format import keys
    from chalicelib.kernel import clock
    from chalicelib.kernel.tokens import seal_until

    ref = ["0" * 20, "vis_login", "bat_1", "chn_tea"]
    scan_id = seal_until(json.dumps(ref).encode(), keys.scan_id_key(), clock.now() + 60_000)

    logged_in = phone.log_in(scan_id=scan_id)

    assert logged_in.json_body["member"]["channel_id"] == "chn_tea"


def test_a_login_that_is_tried_again_leaves_one_touch_of_each_kind(phone: MiniProgram, badge: dict[str, str]) -> None:
    from chalicelib.attribution import tables as attribution_tables
    from chalicelib.codes.scans import service as scans
    from chalicelib.kernel import clock

    now = clock.now()
    scan_id = scans.scan_id(scans.ScanRef("CODE", f"visit-{now}", "bat_1", None), now)

    told = [phone.log_in(scan_id=scan_id, badge=badge["badge"]).json_body for _ in range(2)]

    touches = attribution_tables.touches_until(told[0]["member"]["member_id"], clock.now())
    assert sorted(row["kind"] for row in touches) == ["badge", "scan"]


def test_a_verified_phone_is_shown_masked(phone: MiniProgram) -> None:
    phone.log_in()

    answer = phone.post("/me/phone", phone_code=phone.phone_code())

    number = phone.customer["phone"]
    assert answer.json_body["phone_masked"] == f"{number[:3]}****{number[-4:]}"
    assert phone.get("/me/export").json_body["phone"] == number


def test_a_phone_of_another_member_is_a_conflict(phone: MiniProgram) -> None:
    other = MiniProgram(phone.http, phone.sandbox, phone.sandbox.customer(phone=phone.customer["phone"]))
    for each in (phone, other):
        each.log_in()
    phone.post("/me/phone", phone_code=phone.phone_code())

    refused = other.post("/me/phone", phone_code=other.phone_code())

    assert refused.status_code == 409
    assert refused.json_body["error"]["code"] == "conflict"
    assert other.get("/me").json_body["phone_masked"] is None


def test_consents_are_dated_and_versioned(phone: MiniProgram) -> None:
    phone.log_in()

    phone.post("/me/consents", purpose="marketing", granted=True, version="2026-01")
    answer = phone.post("/me/consents", purpose="marketing", granted=False, version="2026-02")

    said = answer.json_body["consents"]["marketing"]
    history = phone.get("/me/export").json_body["consent_history"]
    assert (said["granted"], said["version"]) == (False, "2026-02")
    assert [row["granted"] for row in history] == [True, False]


def test_a_badge_binds_at_login_and_later(phone: MiniProgram, badge: dict[str, str]) -> None:
    late = MiniProgram(phone.http, phone.sandbox)
    late.log_in()

    at_login = phone.log_in(badge=badge["badge"])
    afterwards = late.post("/me/guide", badge=badge["badge"])

    assert at_login.json_body["member"]["guide_id"] == badge["guide_id"]
    assert afterwards.json_body["guide_id"] == badge["guide_id"]
    assert late.get("/me").json_body["guide_id"] == badge["guide_id"]


def test_who_was_merged_keeps_the_guide_and_the_old_token(phone: MiniProgram, badge: dict[str, str]) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.rosters import service as rosters
    from chalicelib.kernel import clock
    from chalicelib.members import service

    now, customer = clock.now(), phone.customer
    alone = service.recognise({"openid": customer["openid"]}, channel_id=None, origin="mini_program", now=now)
    bindings.bind(Person(alone.member_id), badge["guide_id"], reason="badge", at=now, now=now)
    contact = service.recognise({"unionid": customer["unionid"]}, channel_id=None, origin="wecom_contact", now=now)

    merged = phone.log_in().json_body["member"]

    assert merged["member_id"] == contact.member_id != alone.member_id
    assert merged["guide_id"] == phone.get("/me").json_body["guide_id"] == badge["guide_id"]
    _, binding = rosters.member_of_guide(badge["guide_id"], alone.member_id, clock.now())
    assert binding is not None


def test_a_forged_badge_is_refused_and_spends_no_code(phone: MiniProgram, badge: dict[str, str]) -> None:
    code = phone.sandbox.js_code(phone.customer["openid"])
    forged = badge["badge"][:-1] + ("A" if badge["badge"][-1] != "A" else "B")

    refused = phone.post("/auth/mini-program", js_code=code, badge=forged)

    assert refused.status_code == 400
    assert refused.json_body["error"]["param"] == "badge"
    assert phone.post("/auth/mini-program", js_code=code).status_code == 200


def test_the_export_tells_how_the_member_came(phone: MiniProgram) -> None:
    phone.log_in(invite="some-invite")

    export = phone.get("/me/export").json_body

    assert export["origin"] == "invite"
    assert export["member"]["openid"] == phone.customer["openid"]
    assert export["unionid"] == phone.customer["unionid"]


def test_nobody_is_let_in_without_a_token(http: Any) -> None:
    assert http.get("/me").status_code == 401


def test_a_pair_is_reviewed_merged_and_separated(phone: MiniProgram, admin: dict[str, str]) -> None:
    other = MiniProgram(phone.http, phone.sandbox, phone.sandbox.customer(phone=phone.customer["phone"]))
    mine, theirs = (each.log_in().json_body["member"]["member_id"] for each in (phone, other))
    phone.post("/me/phone", phone_code=phone.phone_code())
    other.post("/me/phone", phone_code=other.phone_code())
    listed = phone.http.get("/admin/reviews?limit=200", headers=admin).json_body["items"]
    (review,) = [row for row in listed if mine in {side["member_id"] for side in row["members"]}]
    path = f"/admin/reviews/{review['review_id']}"

    def ask(path: str, **body: Any) -> Any:
        return phone.http.post(path, headers=admin, body=json.dumps(body).encode())

    decided = ask(path, decision="merge", survivor=mine)
    as_one = other.get("/me").json_body
    separated = ask(f"/admin/members/{theirs}/unmerge")

    assert review["reason"] == "shared phone"
    assert decided.json_body["member_id"] == mine == as_one["member_id"]
    assert as_one["phone_masked"]
    assert separated.json_body["member_id"] == theirs == other.get("/me").json_body["member_id"]
    assert ask(path, decision="keep_apart").status_code == 409
    assert ask("/admin/reviews/rvw_none", decision="merge").status_code == 404
    assert ask(f"/admin/members/{mine}/unmerge").status_code == 409


def test_an_account_belongs_to_one_member(phone: MiniProgram, admin: dict[str, str]) -> None:
    other = MiniProgram(phone.http, phone.sandbox)
    mine, theirs = (each.log_in().json_body["member"]["member_id"] for each in (phone, other))
    body = json.dumps({"system": "tmall", "account": f"T-{mine}"}).encode()

    linked = phone.http.post(f"/admin/members/{mine}/accounts", headers=admin, body=body)
    refused = phone.http.post(f"/admin/members/{theirs}/accounts", headers=admin, body=body)

    assert linked.json_body["accounts"] == [f"tmall:T-{mine}"]
    assert (refused.status_code, refused.json_body["error"]["code"]) == (409, "already_exists")


def test_an_import_is_made_and_waits_for_its_file(http: Any, admin: dict[str, str], bucket: str) -> None:
    made = http.post("/admin/member-imports", headers=admin, body=b"{}")
    import_id = made.json_body["import_id"]

    state = http.get(f"/admin/member-imports/{import_id}", headers=admin).json_body
    refusals = http.get(f"/admin/member-imports/{import_id}/refusals", headers=admin).json_body

    assert made.status_code == 201
    assert made.json_body["upload_url"].startswith("http")
    assert (state["state"], state["rows"], state["reason"]) == ("waiting", 0, None)
    assert refusals == {"items": [], "next_cursor": None}
    assert http.get("/admin/member-imports/imp_none", headers=admin).status_code == 404
    unknown = http.post("/admin/member-imports", headers=admin, body=b'{"channel_id": "chn_none"}')
    assert unknown.status_code == 404
