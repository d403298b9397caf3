"""HTTP on Chalice: typed routes, one shape for every error, and the facts that /openapi.json is made of.

A route names its arguments and gets them checked::

    @api.post("/admin/products", allow=ADMIN, creates="product", status=201)
    def create_product(body: NewProduct, new_id: str) -> Product: ...

`body` and `query` are msgspec Structs; a name in the path is a str, `path` all of them; `caller`, `request`, `now`
and `new_id` are given when asked for. The view is wrapped rather than put behind middleware, because Chalice has turned
an exception into a 500 before middleware sees it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, NamedTuple, TypeVar, get_type_hints
from urllib.parse import unquote

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.kernel import clock, ids
from chalicelib.kernel.errors import STATUS_OF_CODE, SiyuError
from chalicelib.runtime import stage_clock
from chalicelib.runtime.auth import Caller, Role, authenticate
from chalicelib.runtime.http.audit import WATCHED, audit_record_of
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.settings import settings

if TYPE_CHECKING:
    from chalicelib.runtime.http.audit import AuditRecord

T = TypeVar("T")

JSON: Final = "application/json"
MAX_BODY: Final = 64 * 1024

View = Callable[..., Any]

# Escapes, not escaped backslashes before letters; and a surrogate as bytes.
_NULL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """Base of what callers send: unknown fields are refused."""


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of every list: `limit` rows a page, `cursor` = the `next_cursor` of the page before."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    cursor: str | None = None


class Answer(msgspec.Struct):
    """Base of what we answer: every field is always there."""


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


class Request(msgspec.Struct, frozen=True):
    """The parts of an HTTP request that a view may ask for. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes
    source_ip: str
    request_id: str


class Own(NamedTuple):
    """An answer that a view makes itself, in a form of its own: what it means, and the media types it may have."""

    status: int
    meaning: str
    content_types: tuple[str, ...]


class Route(msgspec.Struct, frozen=True, dict=True):
    """What is known of a route: enough to serve it and to describe it in /openapi.json.

    What the view's annotations say is looked up at the first use: a cold start has a hundred routes and serves one.
    """

    method: str
    path: str
    view: Any
    allow: tuple[str, ...]
    status: int
    errors: tuple[str, ...]
    creates: str
    content_type: str
    max_body: int
    own: tuple[Own, ...]
    stages: tuple[str, ...]

    def is_served_on(self, stage: str) -> bool:
        """Whether a stage has this route."""
        return not self.stages or stage in self.stages

    @property
    def tag(self) -> str:
        return str(self.view.__module__.split(".")[1])

    @property
    def summary(self) -> str:
        return str(inspect.getdoc(self.view) or self.view.__name__).split("\n")[0]

    @property
    def body(self) -> Any:
        return self._hints.get("body")

    @property
    def query(self) -> Any:
        return self._hints.get("query")

    @property
    def answer(self) -> Any:
        return self._hints.get("return")

    @cached_property
    def wants(self) -> frozenset[str]:
        """Names of the view's arguments."""
        return frozenset(inspect.signature(self.view).parameters)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.view, include_extras=True)


class Api(Blueprint):
    """A Blueprint whose routes are typed.

    No CORS headers: the pages are served from the API's own origin and a mini program is no browser, so any
    other origin is refused by the browser itself.
    """

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.routes: dict[tuple[str, str], Route] = {}
        self.record: Callable[[AuditRecord], None] | None = None
        """Writes down every action of an operator or manager that took effect: given by the composition."""

    def get(self, path: str, **facts: Any) -> Callable[[View], View]:
        """A route for GET; see `typed_route` for the facts."""
        return self.typed_route("GET", path, **facts)

    def post(self, path: str, **facts: Any) -> Callable[[View], View]:
        """A route for POST."""
        return self.typed_route("POST", path, **facts)

    def put(self, path: str, **facts: Any) -> Callable[[View], View]:
        """A route for PUT."""
        return self.typed_route("PUT", path, **facts)

    def delete(self, path: str, **facts: Any) -> Callable[[View], View]:
        """A route for DELETE."""
        return self.typed_route("DELETE", path, **facts)

    def typed_route(
        self,
        method: str,
        path: str,
        *,
        allow: tuple[Role, ...] = (),
        status: int = 200,
        errors: tuple[str, ...] = (),
        creates: str = "",
        content_type: str = JSON,
        max_body: int = MAX_BODY,
        own: tuple[Own, ...] = (),
        stages: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        """Register a view.

        `allow`: roles, () for public. `errors`: codes beside those that follow from the rest. `creates`: the
        kind of id that a creating POST makes, which makes it accept `Idempotency-Key`. `content_type`: of the
        answer, when it is not JSON. `own`: answers that the view makes besides, to describe them. `stages`:
        those that have the route, () for all; elsewhere it is answered as one that does not exist.
        """

        def register(view: View) -> View:
            route = Route(method, path, view, allow, status, errors, creates, content_type, max_body, own, stages)
            self.routes[method, path] = route
            self.route(path, methods=[method], content_types=[], name=view.__name__)(self._serving(route))
            return view

        return register

    def _serving(self, route: Route) -> View:
        def serve(**path: str) -> Response:
            request = _request(self.current_request)
            try:
                return _answer(route, request, path, self.record)
            except SiyuError as error:
                return refusal(error, request.request_id)
            except Exception:
                logger().exception("A request failed unexpectedly", path=route.path, request_id=request.request_id)
                count("UnexpectedError", route=f"{route.method} {route.path}")
                return refusal(SiyuError("internal", "Something went wrong here. Try again later."), request.request_id)

        serve.__name__ = route.view.__name__
        return serve


def _answer(
    route: Route, request: Request, path: dict[str, str], record: Callable[[AuditRecord], None] | None
) -> Response:
    if route.stages and not route.is_served_on(settings().stage):
        raise SiyuError("not_found", "No such route. See /docs.")
    stage_clock.follow()
    now = clock.now()
    named = {name: unquote(value) for name, value in path.items()}
    given: dict[str, Any] = {**named, "path": named}
    caller = authenticate(request.headers.get("authorization"), route.allow, now) if route.allow else None  # type: ignore[arg-type]
    _limit(request, route.max_body)
    if route.body is not None:
        given["body"] = read_body(request, route.body)
    if route.query is not None:
        given["query"] = read_query(request.query, route.query)
    if "new_id" in route.wants:
        given["new_id"] = _new_id(route, request, caller, now)
    given |= {"caller": caller, "request": request, "now": now}
    answer = route.view(**{name: given[name] for name in route.wants})
    response = present(answer, route.status)
    if caller and caller.role in WATCHED and route.method != "GET" and response.status_code < 400:
        # One that cannot be recorded is answered as failed: the caller repeats it, and that is recorded.
        parts = (given.get("body"), answer)
        taken = audit_record_of(caller, route.method, route.path, named, parts, request.request_id, now)
        if record is None:
            raise RuntimeError("Nobody records what operators do: give the Api a `record` where it is registered.")
        record(taken)
    return response


def present(answer: Any, status: int = 200) -> Response:
    """An answer as JSON, unless the view made a Response of its own."""
    if isinstance(answer, Response):
        return answer
    if status == 204:
        return Response("", dict(SAFE_HEADERS), status)
    return Response(msgspec.json.encode(answer).decode(), {"Content-Type": JSON, **SAFE_HEADERS}, status)


def refusal(error: SiyuError, request_id: str) -> Response:
    """An error in its one shape."""
    body = {"code": error.code, "message": error.message, "param": error.param, "request_id": request_id}
    headers: dict[str, Any] = {"Content-Type": JSON, **SAFE_HEADERS}
    return Response(msgspec.json.encode({"error": body}).decode(), headers, STATUS_OF_CODE[error.code])


SAFE_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def read_body(request: Request, shape: Any) -> Any:
    """The JSON body as `shape`: `unsupported_media_type`, `invalid_json`, `unknown_field` or `invalid_body`.

    Text may hold neither U+0000 nor half of a surrogate pair, which not every store and message takes.
    """
    sent_as = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if sent_as != JSON:
        raise SiyuError("unsupported_media_type", f"Send the body as {JSON}.")
    if b"\\u0000" in request.body and _NULL.search(request.body):
        raise SiyuError("invalid_json", "Text in the body must not hold U+0000: take it out.")
    try:
        return msgspec.json.decode(request.body or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise _invalid("invalid_body", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = "it holds half of a surrogate pair." if _SURROGATE.search(request.body) else str(error)
        raise SiyuError("invalid_json", f"The body is not JSON: {problem}") from error
    except RecursionError as error:
        raise SiyuError("invalid_json", "The body is nested too deeply.") from error


def read_query(query: dict[str, str], shape: Any) -> Any:
    """Query parameters as `shape`, numbers and booleans read from their text; 400 `invalid_parameter`."""
    try:
        return msgspec.convert(query, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid("invalid_parameter", str(error)) from error


def _invalid(code: str, message: str) -> SiyuError:
    problem, _, where = message.partition(" - at `$")
    param = where.rstrip("`").lstrip(".") or None
    if problem.startswith("Object contains unknown field"):
        unknown = problem.partition("`")[2].rstrip("`")
        param = f"{param}.{unknown}" if param else unknown
        code = "unknown_field"
    elif problem.startswith("Object missing required field"):
        missing = problem.partition("`")[2].rstrip("`")
        param = f"{param}.{missing}" if param else missing
    return SiyuError(code, f"{problem}. See /docs for what this route takes.", param=param)


def _limit(request: Request, max_body: int) -> None:
    if len(request.body) > max_body:
        raise SiyuError("too_large", f"The body can have at most {max_body} bytes.")


def _new_id(route: Route, request: Request, caller: Caller | None, now: clock.Millis) -> str:
    key = request.headers.get("idempotency-key")
    if not key:
        return ids.new_id(route.creates, now)
    from chalicelib.runtime.http.idempotency import admit

    who = caller.id if caller else "public"
    seed = admit(f"{who} {route.method} {request.path}", key, request.body, now)
    return ids.derived_id(route.creates, seed)


def _request(raw: Any) -> Request:
    context = raw.context or {}
    return Request(
        method=raw.method,
        path=raw.path,
        headers={name.lower(): value for name, value in raw.headers.items()},
        query=dict(raw.query_params or {}),
        body=raw.raw_body or b"",
        source_ip=context.get("identity", {}).get("sourceIp") or "",
        request_id=context.get("requestId") or ids.new_id("request", clock.now()),
    )
