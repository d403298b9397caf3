"""/openapi.json out of the typed routes: what is served and what is described cannot drift apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from chalicelib.kernel.errors import STATUS_OF_CODE
from chalicelib.runtime.http import JSON, Route

Document = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_MEANING: Final = {
    400: "The request could not be understood.",
    401: "No token, or not a valid one.",
    403: "The token's role may not do this.",
    404: "Unknown, or not yours.",
    409: "The state does not allow it.",
    413: "The body is too large.",
    415: "The body is not of a supported media type.",
    422: "Refused by a rule.",
    429: "Too many requests.",
    500: "Something went wrong here.",
}


class ErrorBody(msgspec.Struct):
    """What went wrong and how to mend it."""

    code: str
    message: str
    param: str | None
    request_id: str


class Error(msgspec.Struct):
    """The one shape of every error."""

    error: ErrorBody


def describe(routes: Iterable[Route], server: str) -> Document:
    """An OpenAPI 3.1 document of the routes."""
    listed = sorted(routes, key=lambda route: (route.path, route.method))
    shapes = [Error, *(shape for route in listed for shape in (route.body, route.answer) if _is_shape(shape))]
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    schema_of = dict(zip(map(id, shapes), schemas, strict=True))
    paths: Document = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "siyu",
            "version": "0.1.0",
            "description": "A brand's private domain on WeChat. Money is in fen, times are RFC 3339 UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _is_shape(shape: Any) -> bool:
    return (
        shape is not None and shape is not type(None) and (msgspec.inspect.is_struct_type(shape) or _is_generic(shape))
    )


def _is_generic(shape: Any) -> bool:
    return msgspec.inspect.is_struct_type(getattr(shape, "__origin__", None))


def _operation(route: Route, schema_of: dict[int, Document]) -> Document:
    operation: Document = {
        "operationId": route.view.__name__,
        "summary": route.summary,
        "tags": [route.tag],
        "responses": {str(route.status): _success(route, schema_of), **_refusals(route, schema_of), **_own(route)},
    }
    if route.allow:
        operation["security"] = [{"bearer": []}]
        operation["description"] = f"For {', '.join(route.allow)}."
    parameters = [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": schema_of[id(route.body)]}},
        }
    return operation


def _success(route: Route, schema_of: dict[int, Document]) -> Document:
    if _is_shape(route.answer):
        return {"description": "Done.", "content": {JSON: {"schema": schema_of[id(route.answer)]}}}
    if route.status == 204:
        return {"description": "Done."}
    schema: Document = {} if route.content_type == JSON else {"type": "string"}
    return {"description": "Done.", "content": {route.content_type: {"schema": schema}}}


def _own(route: Route) -> Document:
    """Answers in a form of their own. They stand instead of others of the same status."""
    return {
        str(own.status): {
            "description": own.meaning,
            "content": {
                kind: {"schema": {} if kind.endswith("json") else {"type": "string"}} for kind in own.content_types
            },
        }
        for own in route.own
    }


def codes_of(route: Route) -> list[str]:
    """Every error code that the route may answer."""
    codes = {"internal", *route.errors}
    if route.allow:
        codes |= {"missing_token", "invalid_token", "expired_token", "wrong_role"}
    if route.body is not None:
        codes |= {"invalid_json", "invalid_body", "unknown_field", "unsupported_media_type", "too_large"}
    if route.query is not None:
        codes |= {"invalid_parameter", "unknown_field"}
        codes |= {"invalid_cursor"} & {f"invalid_{name}" for name in route.query.__struct_fields__}
    if route.creates:
        codes |= {"idempotency_conflict", "invalid_parameter"}
    return sorted(codes)


def _refusals(route: Route, schema_of: dict[int, Document]) -> Document:
    by_status: dict[int, list[str]] = {}
    for code in codes_of(route):
        by_status.setdefault(STATUS_OF_CODE[code], []).append(code)
    # The same Error object was described first, so its schema is the first of all.
    schema = next(iter(schema_of.values()))
    return {
        str(status): {
            "description": f"{_MEANING[status]} Codes: {', '.join(codes)}.",
            "content": {JSON: {"schema": schema}},
        }
        for status, codes in sorted(by_status.items())
    }


def _path_parameters(route: Route) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(route: Route) -> list[Document]:
    if route.query is None:
        return []
    (schema,), components = msgspec.json.schema_components([route.query], ref_template=_REF)
    shape = components[schema["$ref"].rpartition("/")[2]]
    required = set(shape.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": fact}
        for name, fact in shape["properties"].items()
    ]


def _header_parameters(route: Route) -> list[Document]:
    if not route.creates:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key creates the same thing for 24 hours; with another body it is refused.",
            "schema": {"type": "string", "maxLength": 255},
        }
    ]
