"""What holds for every route: it is described, and it refuses what is wrong in the one error shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import app as application
from app import app
from chalicelib.kernel import clock
from chalicelib.kernel.errors import STATUS_OF_CODE
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.http import Route
from chalicelib.runtime.http.openapi import codes_of

EVERY = [route for api in application.ROUTES for route in api.routes.values()]
ROUTES = sorted(EVERY, key=lambda route: (route.path, route.method))
WITH_BODY = [route for route in ROUTES if route.body is not None]
WITH_ROLE = [route for route in ROUTES if route.allow]


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from chalicelib.runtime.http.openapi import describe

    return describe(ROUTES, "https://siyu.example.com")


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    validate(json.loads(msgspec.json.encode(document)), cls=OpenAPIV31SpecValidator)

    assert document["openapi"].startswith("3.1")


def test_the_document_lists_every_route_that_is_served(document: dict[str, Any]) -> None:
    served = {(method, path) for path, methods in app.routes.items() for method in methods}

    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert described == served


def test_every_documented_code_is_one_of_the_closed_list() -> None:
    for route in ROUTES:
        assert set(codes_of(route)) <= STATUS_OF_CODE.keys(), _name(route)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("route", WITH_ROLE, ids=_name)
def test_a_request_without_a_token_is_refused(http: Any, route: Route) -> None:
    answer = _send(http, route, b"{}", {})

    _is_error(answer, 401, "missing_token")


@pytest.mark.parametrize("route", WITH_ROLE, ids=_name)
def test_a_forged_token_is_refused(http: Any, route: Route) -> None:
    token, _ = issue_token(Caller(route.allow[0], "x"), clock.now())  # type: ignore[arg-type]
    header, payload, signature = token.split(".")

    answer = _send(http, route, b"{}", {"Authorization": f"Bearer {header}.{payload}.{signature[::-1]}"})

    _is_error(answer, 401, "invalid_token")


@pytest.mark.parametrize("route", WITH_ROLE, ids=_name)
def test_a_token_of_another_role_is_refused(http: Any, route: Route) -> None:
    other = next(role for role in ("member", "guide", "admin") if role not in route.allow)

    answer = _send(http, route, b"{}", _as(other))

    _is_error(answer, 403, "wrong_role")


@pytest.mark.parametrize("route", WITH_ROLE, ids=_name)
def test_a_token_over_its_time_is_refused(http: Any, route: Route) -> None:
    token, _ = issue_token(Caller(route.allow[0], "x"), clock.now() - 30 * clock.DAY)  # type: ignore[arg-type]

    answer = _send(http, route, b"{}", {"Authorization": f"Bearer {token}"})

    _is_error(answer, 401, "expired_token")


@pytest.mark.parametrize("route", WITH_BODY, ids=_name)
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"\xff\xfe", "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 400, "invalid_body"),
        (b'"text"', "application/json", 400, "invalid_body"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
    ids=["broken", "not-utf8", "list", "string", "form"],
)
def test_a_body_of_a_wrong_form_is_refused(
    http: Any, route: Route, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = _send(http, route, body, {**_allowed(route), "Content-Type": content_type})

    _is_error(answer, status, code)


@pytest.mark.parametrize("route", WITH_BODY, ids=_name)
def test_an_unknown_field_is_refused_by_name(http: Any, route: Route) -> None:
    answer = _send(http, route, b'{"no_such_field": 1}', _allowed(route))

    _is_error(answer, 400, "unknown_field")
    assert answer.json_body["error"]["param"] == "no_such_field"


@pytest.mark.parametrize("route", WITH_BODY, ids=_name)
def test_an_oversize_body_is_refused(http: Any, route: Route) -> None:
    answer = _send(http, route, b" " * (route.max_body + 1), _allowed(route))

    _is_error(answer, 413, "too_large")


@pytest.mark.parametrize("route", WITH_BODY, ids=_name)
def test_a_field_of_a_wrong_type_is_refused_by_name(http: Any, route: Route) -> None:
    for field in _wrong_types(route.body):
        answer = _send(http, route, json.dumps({field: {"wrong": ["type"]}}).encode(), _allowed(route))

        assert answer.status_code == 400, (field, answer.body)
        assert answer.json_body["error"]["code"] in ("invalid_body", "unknown_field"), field


def _wrong_types(shape: Any) -> Iterator[str]:
    """Names of the text and number fields of a shape."""
    for field in msgspec.inspect.type_info(shape).fields:  # type: ignore[attr-defined]
        if isinstance(field.type, msgspec.inspect.StrType | msgspec.inspect.IntType | msgspec.inspect.BoolType):
            yield field.encode_name


def _send(http: Any, route: Route, body: bytes, headers: dict[str, str]) -> Any:
    path = route.path
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + "unknown" + path[end + 1 :]
    content_type = {"Content-Type": "application/json"} if body else {}
    return http.request(route.method, path, headers={**content_type, **headers}, body=body)


def _as(role: str) -> dict[str, str]:
    token, _ = issue_token(Caller(role, "mbr_nobody", openid="o", guide_id="gde_nobody"), clock.now())  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {token}"}


def _allowed(route: Route) -> dict[str, str]:
    return _as(route.allow[0]) if route.allow else {}


def _is_error(answer: Any, status: int, code: str) -> None:
    error = answer.json_body["error"]
    assert (answer.status_code, error["code"]) == (status, code), answer.body
    assert set(error) == {"code", "message", "param", "request_id"}
    assert error["message"]
    assert error["request_id"]
