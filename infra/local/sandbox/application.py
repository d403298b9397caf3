"""From a request to an answer: match, fault, authorize, handle, present, write down."""

import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from . import deliver, faults
from .answers import json_response
from .context import PAY_HOST, Call, Sandbox
from .errors import ApiRefusal, BadJson, ControlRefusal, PayRefusal
from .routes import CONTROL, PAGE, Route, url_map
from .store import Row

_log = logging.getLogger("sandbox")
_LARGEST_BODY = 4 * 1024 * 1024
_KEPT_CALLS = 1000

_PAY_STATUS = {"SYSTEM_ERROR": 500, "FREQUENCY_LIMITED": 429, "NOT_FOUND": 404, "SIGN_ERROR": 401,
               "NOT_ENOUGH": 403, "NO_AUTH": 403}  # fmt: skip


@dataclass(frozen=True)
class Application:
    """The WSGI application of one sandbox."""

    sandbox: Sandbox

    def __post_init__(self) -> None:
        object.__setattr__(self, "_urls", url_map())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Werkzeug calls this in a thread of its own for each connection, so a held one blocks nobody."""
        request = Request(environ)
        request.max_content_length = _LARGEST_BODY
        return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        """The response, unless a fault closes the connection."""
        try:
            route, args = self._urls.bind_to_environ(request.environ).match()  # type: ignore[attr-defined]
        except HTTPException as error:
            return json_response({"error": {"code": "no_such_path", "message": error.description}}, error.code or 500)
        call = Call(self.sandbox, request, args, self.sandbox.clock())
        if route.host in (CONTROL, PAGE):
            return _handled(route, call)
        return self._api(route, call)

    def _api(self, route: Route, call: Call) -> Response:
        call.request.get_data()  # read it all before a fault may hold or close the connection
        if route.arrived:
            route.arrived(call)
        fault = faults.take(call.store, call.request.path)
        response = self._faulty(route, call, fault) if fault else _signed(route, call, _handled(route, call))
        self._write_down(route, call, response, fault)
        return response

    def _faulty(self, route: Route, call: Call, fault: Row) -> Response:
        mode = fault["mode"]
        if mode == "http_500":
            return Response("Internal Server Error", 500, mimetype="text/plain")
        if mode == "errcode":
            return _signed(route, call, _refused_as_asked(route, fault))
        if mode == "timeout_before":
            self._lose(route, call, fault, None)
        response = _signed(route, call, _handled(route, call))
        if mode == "timeout_after":
            self._lose(route, call, fault, response)
        self.sandbox.stopping.wait(faults.seconds(fault))
        return response

    def _lose(self, route: Route, call: Call, fault: Row, response: Response | None) -> NoReturn:
        """Hold the connection, then close it without an answer."""
        self._write_down(route, call, response, fault)
        self.sandbox.stopping.wait(faults.seconds(fault))
        connection = call.request.environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _log.debug("the caller was gone before its connection was closed")
        raise ConnectionAbortedError("a fault withholds this answer")

    def _write_down(self, route: Route, call: Call, response: Response | None, fault: Row | None) -> None:
        status, result = (response.status_code, _result(route, response)) if response else (None, None)
        path, mode = call.request.path, fault["mode"] if fault else None
        with call.store.transaction():
            call.store.run(
                "INSERT INTO calls(host, method, path, at, status, result, fault) VALUES(?, ?, ?, ?, ?, ?, ?)",
                route.host, route.method, path, call.now, status, result, mode,
            )  # fmt: skip
            call.store.run("DELETE FROM calls WHERE id <= (SELECT max(id) FROM calls) - ?", _KEPT_CALLS)
        _log.info("%s %s -> %s %s%s", route.method, path, status, result, f" fault={mode}" if mode else "")


def _handled(route: Route, call: Call) -> Response:
    try:
        if route.authorize:
            route.authorize(call)
        return route.handler(call)
    except (ApiRefusal, PayRefusal, ControlRefusal, BadJson) as refusal:
        return _present(route, refusal)
    except HTTPException as error:
        return json_response({"error": {"code": "bad_request", "message": error.description}}, error.code or 400)
    except Exception:
        _log.exception("%s %s failed", route.method, route.path)
        return json_response({"error": {"code": "sandbox_error", "message": "see the sandbox's log"}}, 500)


def _present(route: Route, refusal: Exception) -> Response:
    match refusal:
        case ApiRefusal():
            return json_response({"errcode": refusal.errcode, "errmsg": refusal.errmsg})
        case PayRefusal():
            return json_response({"code": refusal.code, "message": refusal.message}, refusal.status)
        case ControlRefusal():
            code = {404: "not_found", 409: "conflict"}.get(refusal.status, "bad_request")
            return json_response({"error": {"code": code, "message": refusal.message}}, refusal.status)
    if route.host == PAY_HOST:
        return json_response({"code": "PARAM_ERROR", "message": "请求体不是 JSON 对象"}, 400)
    if route.host == CONTROL:
        return json_response({"error": {"code": "bad_request", "message": "the body must be a JSON object"}}, 400)
    return json_response({"errcode": 47001, "errmsg": "data format error"})


def _refused_as_asked(route: Route, fault: Row) -> Response:
    if route.host == PAY_HOST:
        code = str(fault["errcode"] or "SYSTEM_ERROR")
        return json_response({"code": code, "message": "按要求注入的错误"}, _PAY_STATUS.get(code, 400))
    errcode = int(fault["errcode"]) if str(fault["errcode"]).lstrip("-").isdecimal() else -1
    return json_response({"errcode": errcode, "errmsg": "injected by the sandbox"})


def _signed(route: Route, call: Call, response: Response) -> Response:
    if route.host == PAY_HOST:
        response.headers.update(deliver.pay_headers(call.sandbox, response.get_data(as_text=True)))
    return response


def _result(route: Route, response: Response) -> int | str:
    """The errcode of a mini program or WeCom answer; the code (or OK) of a pay answer."""
    if response.mimetype != "application/json":
        return 0 if response.status_code == 200 else response.status_code
    content = msgspec.json.decode(response.get_data())
    if route.host == PAY_HOST:
        return str(content.get("code", "OK"))
    return int(content.get("errcode", 0))
