"""Typed routes: what is checked, given, answered and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pytest
from chalice.app import Chalice, Response
from chalice.test import Client

from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN, MEMBER, Caller, issue_token
from chalicelib.runtime.http import Answer, Api, Body, Listed, Listing, Request
from chalicelib.runtime.http.audit import AuditRecord
from chalicelib.runtime.http.openapi import codes_of, describe

api = Api(__name__)
recorded: list[AuditRecord] = []
api.record = recorded.append


class Line(Body):
    """A line."""

    amount_fen: Annotated[int, msgspec.Meta(ge=0)]


class Order(Body):
    """An order."""

    name: str
    lines: list[Line] = []  # noqa: RUF012 - msgspec copies it
    content: dict[str, Any] = {}  # noqa: RUF012


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query."""

    month: str
    days: int = 7
    full: bool = False


class Seen(Answer):
    """What a view was given."""

    what: dict[str, Any]


class Thing(Answer):
    """A thing."""

    thing_id: str


def _in_area(view: Any) -> Any:
    """Views are tagged by their area, the second part of their module's name."""
    view.__module__ = "chalicelib.things.api"
    return view


@api.get("/things/{thing_id}/of/{owner}")
@_in_area
def get_thing(owner: str, thing_id: str) -> Seen:
    """One thing."""
    return Seen({"owner": owner, "thing_id": thing_id})


@api.get("/things", allow=MEMBER)
@_in_area
def list_things(query: Listing, caller: Caller) -> Listed[Thing]:
    """Things, by page."""
    return Listed([Thing(caller.id)] * query.limit, query.cursor)


@api.get("/filtered")
@_in_area
def filtered(query: Filter) -> Seen:
    """By a filter."""
    return Seen(msgspec.to_builtins(query))


@api.post("/things", allow=ADMIN, creates="product", status=201)
@_in_area
def create_thing(body: Order, new_id: str) -> Thing:
    """Make a thing."""
    return Thing(new_id)


@api.post("/orders", max_body=100_000)
@_in_area
def create_order(body: Order) -> Seen:
    """Take an order."""
    return Seen(msgspec.to_builtins(body))


@api.get("/echo")
@_in_area
def echo(request: Request, now: Millis) -> Seen:
    """What came in."""
    return Seen({**msgspec.to_builtins(request), "now": now})


@api.get("/broken")
@_in_area
def broken() -> Seen:
    """Fails as nobody expected."""
    raise RuntimeError("the secret inside")


@api.get("/refusing")
@_in_area
def refusing() -> Seen:
    """Refuses."""
    raise SiyuError("conflict", "Not now.", param="state")


@api.delete("/things/{thing_id}", status=204)
@_in_area
def delete_thing(thing_id: str) -> None:
    """Nothing to say."""


@api.get("/page", content_type="text/html")
@_in_area
def page() -> Response:
    """A page."""
    return Response("<p>", {"Content-Type": "text/html"}, 200)


app = Chalice("things", configure_logs=False)
app.register_blueprint(api)


@pytest.fixture
def http(stack: str) -> Iterator[Any]:
    with Client(app) as client:
        yield client.http


def test_an_unexpected_error_reveals_nothing(http: Any) -> None:
    answer = http.get("/broken")

    error = answer.json_body["error"]
    assert answer.status_code == 500
    assert set(error) == {"code", "message", "param", "request_id"}
    assert error["code"] == "internal"
    assert b"secret" not in answer.body
    assert ids.looks_like("request", error["request_id"])


def test_a_refusal_has_its_status_and_its_field(http: Any) -> None:
    answer = http.get("/refusing")

    assert answer.status_code == 409
    assert answer.json_body["error"]["param"] == "state"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/json"


def test_path_parameters_are_percent_decoded(http: Any) -> None:
    answer = http.get("/things/%E9%BE%99%2F1+a/of/a%20b%00")

    assert answer.json_body["what"] == {"thing_id": "龙/1+a", "owner": "a b\x00"}


def test_query_parameters_have_types(http: Any) -> None:
    answer = http.get("/filtered?month=2026-01&days=30&full=true")

    assert answer.json_body["what"] == {"month": "2026-01", "days": 30, "full": True}


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("", "invalid_parameter", "month"),
        ("?month=a&days=x", "invalid_parameter", "days"),
        ("?month=a&days=1.5", "invalid_parameter", "days"),
        ("?month=a&full=perhaps", "invalid_parameter", "full"),
        ("?month=a&colour=red", "unknown_field", "colour"),
    ],
)
def test_a_wrong_query_is_refused_by_name(http: Any, query: str, code: str, param: str) -> None:
    answer = http.get(f"/filtered{query}")

    assert answer.status_code == 400
    assert (answer.json_body["error"]["code"], answer.json_body["error"]["param"]) == (code, param)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "9" * 40, "", "十"])
def test_a_limit_out_of_range_is_refused(http: Any, limit: str) -> None:
    answer = http.get(f"/things?limit={limit}", headers=_as("member"))

    assert answer.status_code == 400
    assert answer.json_body["error"]["param"] == "limit"


def test_a_list_has_items_and_a_cursor(http: Any) -> None:
    last = http.get("/things?limit=2", headers=_as("member"))
    more = http.get("/things?limit=1&cursor=abc", headers=_as("member"))

    assert last.json_body == {"items": [{"thing_id": "x"}, {"thing_id": "x"}], "next_cursor": None}
    assert more.json_body["next_cursor"] == "abc"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ('{"lines": []}', "invalid_body", "name"),
        ('{"name": "a", "lines": [{"amount_fen": 1}, {"amount_fen": -1}]}', "invalid_body", "lines[1].amount_fen"),
        ('{"name": "a", "lines": [{"amount_fen": 1.5}]}', "invalid_body", "lines[0].amount_fen"),
        ('{"name": "a", "lines": [{"amount_fen": "1"}]}', "invalid_body", "lines[0].amount_fen"),
        ('{"name": "a", "lines": [{"amount_fen": 1, "tax": 1}]}', "unknown_field", "lines[0].tax"),
        ('{"name": "a", "lines": [{}]}', "invalid_body", "lines[0].amount_fen"),
        ('{"name": null}', "invalid_body", "name"),
        ('{"name": "\\ud800"}', "invalid_json", None),
        ('{"name": "\\udc00\\ud800"}', "invalid_json", None),
        ('{"name": "a\\u0000b"}', "invalid_json", None),
        ('{"name": "a", "content": {"\\u0000": 1}}', "invalid_json", None),
        ('{"name": "\\\\\\u0000"}', "invalid_json", None),
        ('{"name": "a"} {}', "invalid_json", None),
        ('{"name": "a", "content": {"a": NaN}}', "invalid_json", None),
        ('{"name": "a", "content": {"a": ' + "[" * 40_000 + "]" * 40_000 + "}}", "invalid_json", None),
        ("", "invalid_body", "name"),
    ],
)
def test_a_wrong_body_is_refused_where_it_is_wrong(http: Any, body: str, code: str, param: str | None) -> None:
    answer = http.post("/orders", headers={"Content-Type": "application/json"}, body=body.encode())

    assert answer.status_code == 400, answer.body
    assert (answer.json_body["error"]["code"], answer.json_body["error"]["param"]) == (code, param)


@pytest.mark.parametrize("body", [b'{"name": "\\ud800"}', b'{"name": "\\uDFFFx"}', b'{"name": "\xed\xa0\x80"}'])
def test_half_of_a_surrogate_pair_is_called_by_its_name(http: Any, body: bytes) -> None:
    answer = http.post("/orders", headers={"Content-Type": "application/json"}, body=body)

    assert answer.status_code == 400
    assert "surrogate" in answer.json_body["error"]["message"]


@pytest.mark.parametrize("name", ["\\u0000", "\U00010000", "\ufffe\uffff", "\x7f\u0085"])
def test_all_other_text_is_taken_as_it_is(http: Any, name: str) -> None:
    answer = http.post(
        "/orders", headers={"Content-Type": "application/json"}, body=json.dumps({"name": name}).encode()
    )

    assert answer.json_body["what"]["name"] == name


@pytest.mark.parametrize("sent_as", ["application/json", "Application/JSON; charset=utf-8", "application/json;x=y"])
@pytest.mark.parametrize("header", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_json_is_known_in_any_case(http: Any, header: str, sent_as: str) -> None:
    answer = http.post("/orders", headers={header: sent_as}, body=b'{"name": "a"}')

    assert answer.json_body["what"]["name"] == "a"


def test_headers_reach_the_view_in_lower_case(http: Any) -> None:
    found = http.get("/echo?a=1&a=2", headers={"X-Shop-ID": "s", "user-agent": "u"}).json_body["what"]

    assert (found["headers"]["x-shop-id"], found["headers"]["user-agent"]) == ("s", "u")
    assert (found["method"], found["path"], found["query"]) == ("GET", "/echo", {"a": "2"})
    assert abs(found["now"] - clock.now()) < 60_000


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_token_is_found_in_any_case_of_its_header(http: Any, header: str) -> None:
    assert http.get("/things?limit=1", headers={header: _as("member")["Authorization"]}).status_code == 200


def test_who_asks_is_judged_before_what_is_asked(http: Any) -> None:
    answer = http.post("/things", headers={"Content-Type": "application/json"}, body=b"{" * 70_000)

    assert answer.status_code == 401


@pytest.mark.parametrize(("length", "status"), [(65_536, 400), (65_537, 413)])
def test_a_body_may_have_64_kilobytes(http: Any, length: int, status: int) -> None:
    answer = http.post("/things", headers=_as("admin"), body=b" " * length)

    assert answer.status_code == status


def test_one_key_makes_one_thing_per_caller(http: Any) -> None:
    headers = {**_as("admin"), "Content-Type": "application/json"}
    key = ids.new_id("visit", clock.now())

    without = [http.post("/things", headers=headers, body=b'{"name": "a"}') for _ in range(2)]
    keyed = [http.post("/things", headers={**headers, "idempotency-KEY": key}, body=b'{"name": "a"}') for _ in range(2)]
    other = http.post("/things", headers={**headers, "Idempotency-Key": key}, body=b'{"name": "b"}')

    assert keyed[0].json_body == keyed[1].json_body
    assert len({answer.json_body["thing_id"] for answer in [*without, *keyed]}) == 3
    assert keyed[0].status_code == 201
    assert (other.status_code, other.json_body["error"]["code"]) == (409, "idempotency_conflict")


def test_an_action_of_an_operator_that_nobody_records_is_not_answered_as_done(http: Any) -> None:
    api.record = None
    unrecorded = http.post("/things", headers=_as("admin"), body=b'{"name": "a"}')
    api.record = recorded.append
    done = http.post("/things", headers=_as("admin"), body=b'{"name": "a"}')

    assert (unrecorded.status_code, done.status_code) == (500, 201)
    assert (recorded[-1].route, recorded[-1].role) == ("/things", "admin")


def test_an_answer_without_content_has_no_body(http: Any) -> None:
    answer = http.delete("/things/1")

    assert (answer.status_code, answer.body) == (204, b"")


def test_a_view_may_answer_a_page(http: Any) -> None:
    answer = http.get("/page")

    assert (answer.body, answer.headers["Content-Type"]) == (b"<p>", "text/html")


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
def test_a_method_without_a_route_is_not_served_by_another_ones(http: Any, method: str) -> None:
    answer = http.request(method, "/echo")

    assert answer.status_code in (403, 405)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_generic_answers_are_described() -> None:
    document = describe(api.routes.values(), "https://siyu.example.com")

    ok = document["paths"]["/things"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    listed = document["components"]["schemas"][ok["$ref"].rpartition("/")[2]]
    assert listed["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Thing"}
    assert set(listed["required"]) == {"items", "next_cursor"}


def test_what_a_route_takes_is_described() -> None:
    document = describe(api.routes.values(), "https://siyu.example.com")

    filters = {entry["name"]: entry for entry in document["paths"]["/filtered"]["get"]["parameters"]}
    create = document["paths"]["/things"]["post"]
    assert (filters["month"]["required"], filters["days"]["required"]) == (True, False)
    assert filters["days"]["schema"] == {"type": "integer", "default": 7}
    assert [entry["name"] for entry in document["paths"]["/things/{thing_id}/of/{owner}"]["get"]["parameters"]] == [
        "thing_id",
        "owner",
    ]
    assert create["parameters"][0]["name"] == "Idempotency-Key"
    assert create["security"] == [{"bearer": []}]
    assert {"201", "400", "401", "403", "409", "413", "415", "500"} <= set(create["responses"])
    assert document["paths"]["/page"]["get"]["responses"]["200"]["content"] == {
        "text/html": {"schema": {"type": "string"}}
    }
    assert json.loads(msgspec.json.encode(document))


def test_every_code_that_the_frame_answers_is_described() -> None:
    listing = api.routes["GET", "/things"]
    filtering = api.routes["GET", "/filtered"]

    assert {"invalid_parameter", "unknown_field", "invalid_cursor", "wrong_role"} <= set(codes_of(listing))
    assert {"unknown_field"} <= set(codes_of(filtering))
    assert "invalid_cursor" not in codes_of(filtering)


def _as(role: str) -> dict[str, str]:
    token, _ = issue_token(Caller(role, "x"), clock.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {token}"}
