"""The front door over real HTTP: what reaches the API behind it, and what comes back."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infra.local import front_door, processes

PICTURE = bytes(range(256)) * 400


class Origin(BaseHTTPRequestHandler):
    """An API Gateway that tells what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    asked: list[dict[str, Any]]
    clock_status: ClassVar[int] = 200
    clock_answer: ClassVar[bytes] = b""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.asked.append(
            {
                "method": self.command,
                "path": self.requestline.split()[1],
                "headers": [(name.lower(), value) for name, value in self.headers.items()],
                "body": body,
            }
        )
        if "silent" in self.path:
            self.close_connection = True
        elif "picture" in self.path:
            self._chunked(PICTURE)
        elif "gone" in self.path:
            self._answer(404, b'{"error": {}}')
        elif "clock" in self.path:
            self._answer(self.clock_status, self.clock_answer)
        elif "nothing" in self.path:
            self.send_response(204)
            self.end_headers()
        else:
            self._answer(200, b"hello")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=1; Path=/")
        self.send_header("Set-Cookie", "b=2; Path=/")
        self.send_header("Connection", "x-between-neighbours")
        self.send_header("X-Between-Neighbours", "1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _chunked(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


class Stack:
    """A door and the API behind it."""

    def __init__(
        self, door: ThreadingHTTPServer, origin: ThreadingHTTPServer, sandbox: ThreadingHTTPServer, address: Path
    ) -> None:
        self.origin, self.sandbox = origin, sandbox
        self.port, self.origin_port, self.address = door.server_port, origin.server_port, address
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.point("first")

    def point(self, api_id: str) -> None:
        front_door.point(self.address, f"http://127.0.0.1:{self.origin_port}/restapis/{api_id}/api/_user_request_")

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer, answer.read()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    asked: list[dict[str, Any]] = []
    address = tmp_path / "api-address"
    origin = ThreadingHTTPServer(("127.0.0.1", 0), type("OwnOrigin", (Origin,), {"asked": asked}))
    told: list[dict[str, Any]] = []
    sandbox = ThreadingHTTPServer(("127.0.0.1", 0), type("Sandbox", (Origin,), {"asked": told}))
    door = front_door.serve(0, address, f"http://127.0.0.1:{sandbox.server_port}")
    for server in (origin, sandbox, door):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    found = Stack(door, origin, sandbox, address)
    found.asked, found.told = asked, told
    yield found
    for server in (origin, sandbox, door):
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "path",
    [
        "/c/ABC?city=%E6%88%90%E9%83%BD&b=a%20b+c",
        "/admin/orders/2026%2F11%2F26-1",
        "//healthz/",
        "/a/../b/./c",
        "/a%00b;x=1?q=?&&",
    ],
)
def test_the_path_arrives_as_it_was_sent(stack: Stack, path: str) -> None:
    stack.ask("GET", path)

    assert stack.asked[0]["path"] == f"/restapis/first/api/_user_request_{path}"


def test_a_path_that_is_not_ascii_arrives_as_a_browser_would_write_it(stack: Stack) -> None:
    answer = _raw(stack.port, "GET /c/成都 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert stack.asked[0]["path"].endswith("/c/%E6%88%90%E9%83%BD")


def test_an_absolute_address_is_asked_by_its_path(stack: Stack) -> None:
    _raw(stack.port, b"GET http://siyu.example/c/A?b=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert stack.asked[0]["path"].endswith("/_user_request_/c/A?b=1")


def test_body_and_headers_arrive_and_those_between_neighbours_do_not(stack: Stack) -> None:
    body = json.dumps({"name": "明前龙井"}).encode()
    stack.ask("POST", "/x", body, Authorization="Bearer t", Connection="keep-alive, X-Mine", X_Mine="1", TE="trailers")

    (asked,) = stack.asked
    headers = dict(asked["headers"])
    assert (asked["method"], asked["body"]) == ("POST", body)
    assert headers["authorization"] == "Bearer t"
    assert headers["host"] == f"127.0.0.1:{stack.port}"
    assert [value for name, value in asked["headers"] if name == "content-length"] == [str(len(body))]
    assert not {"connection", "x-mine", "te"} & headers.keys()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_answer_comes_back_with_each_cookie_and_without_what_is_between_neighbours(
    stack: Stack, method: str
) -> None:
    answer, body = stack.ask(method, "/x")

    assert (answer.status, body) == (200, b"hello")
    assert answer.headers.get_all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert answer.headers.get_all("Content-Length") == ["5"]
    assert "X-Between-Neighbours" not in answer.headers


def test_head_has_the_length_and_no_body(stack: Stack) -> None:
    answer = _raw(stack.port, b"HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"\r\nContent-Length: 5\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
    assert stack.asked[0]["method"] == "HEAD"


def test_a_chunked_picture_comes_back_whole_and_with_its_length(stack: Stack) -> None:
    answer, body = stack.ask("GET", "/picture")

    assert body == PICTURE
    assert answer.headers["Content-Length"] == str(len(PICTURE))
    assert "Transfer-Encoding" not in answer.headers


def test_a_refusal_comes_back_as_it_is(stack: Stack) -> None:
    answer, body = stack.ask("GET", "/gone")

    assert (answer.status, body) == (404, b'{"error": {}}')


def test_an_empty_answer_has_no_length(stack: Stack) -> None:
    answer, body = stack.ask("DELETE", "/nothing")

    assert (answer.status, body) == (204, b"")
    assert "Content-Length" not in answer.headers


def test_a_large_body_arrives_and_one_that_the_gateway_would_not_take_is_refused(stack: Stack) -> None:
    accepted, _ = stack.ask("POST", "/x", b"x" * front_door.MAX_BODY)
    refused, body = stack.ask("POST", "/x", b"x" * (front_door.MAX_BODY + 1))

    assert accepted.status == 200
    assert len(stack.asked[0]["body"]) == front_door.MAX_BODY
    assert (refused.status, json.loads(body)["error"]["code"]) == (413, "too_large")
    assert len(stack.asked) == 1


def test_a_body_without_its_length_is_refused(stack: Stack) -> None:
    answer = _raw(stack.port, b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 411 ")
    assert not stack.asked


def test_a_body_that_is_cut_off_does_not_arrive(stack: Stack) -> None:
    answer = _raw(stack.port, b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", hang_up=True)

    assert answer == b""
    assert not stack.asked


def test_a_connection_serves_one_request_after_the_other(stack: Stack) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)) as connection:
        for _ in range(3):
            connection.request("POST", "/x", b"{}")
            assert connection.getresponse().read() == b"hello"

    assert len(stack.asked) == 3


def test_the_next_deploy_is_served_at_once(stack: Stack) -> None:
    stack.ask("GET", "/x")
    stack.point("second")
    stack.ask("GET", "/x")

    assert [asked["path"].split("/")[2] for asked in stack.asked] == ["first", "second"]


@pytest.mark.parametrize("problem", ["nobody listens", "never deployed", "no answer"])
def test_a_stack_that_is_down_is_told_to_programs_and_to_people(stack: Stack, problem: str) -> None:
    path = "/silent" if problem == "no answer" else "/c/ABC"
    if problem == "nobody listens":
        front_door.point(stack.address, f"http://127.0.0.1:{processes.free_port()}/restapis/x")
    elif problem == "never deployed":
        stack.address.unlink()

    program, body = stack.ask("GET", path, Accept="application/json")
    browser, page = stack.ask("GET", path, Accept="text/html,*/*;q=0.8")

    assert (program.status, browser.status) == (502, 502)
    assert json.loads(body)["error"]["code"] == "bad_gateway"
    assert browser.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "尚未启动" in page.decode()


def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    address = tmp_path / "api-address"
    with socket.socket() as silent, front_door.serve(0, address, "", answer_seconds=0.05) as door:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        front_door.point(address, f"http://127.0.0.1:{silent.getsockname()[1]}/restapis/x")
        threading.Thread(target=door.handle_request, daemon=True).start()
        answer = _raw(door.server_port, b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"gateway_timeout" in answer


def test_the_door_answers_for_itself_before_anything_is_deployed(stack: Stack) -> None:
    stack.address.unlink()

    answer, body = stack.ask("GET", front_door.HEALTH)

    assert (answer.status, json.loads(body)) == (200, {"status": "ok"})


def test_the_bare_address_leads_to_the_documentation(stack: Stack) -> None:
    answer, _ = stack.ask("GET", "/")

    assert (answer.status, answer.headers["Location"]) == (302, "/docs")


@pytest.mark.parametrize(("method", "offset"), [("PUT", 90_000), ("DELETE", 0)])
def test_the_sandbox_is_told_what_the_clock_was_put_to(stack: Stack, method: str, offset: int) -> None:
    _answer_clock(stack.origin, 200, {"now": "2026-01-02T01:00:00.000Z", "offset_seconds": offset})

    answer, body = stack.ask(method, "/_local/clock", b"{}", Authorization="Bearer t")

    (told,) = stack.told
    assert (answer.status, json.loads(body)["offset_seconds"]) == (200, offset)
    assert (told["method"], told["path"]) == ("PUT", "/_control/clock")
    assert json.loads(told["body"]) == {"offset_seconds": offset}
    assert "authorization" not in dict(told["headers"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/_local/clock", 200), ("PUT", "/_local/clock", 401), ("PUT", "/_local/clock/x", 200)],
)
def test_the_sandbox_is_told_nothing_when_the_clock_was_not_put(
    stack: Stack, method: str, path: str, status: int
) -> None:
    _answer_clock(stack.origin, status, {"offset_seconds": 60})

    answer, _ = stack.ask(method, path, b"{}")

    assert (answer.status, stack.told) == (status, [])


@pytest.mark.parametrize("status", [400, 500])
def test_a_sandbox_that_does_not_take_the_clock_is_told_to_the_caller(stack: Stack, status: int) -> None:
    _answer_clock(stack.origin, 200, {"offset_seconds": 60})
    _answer_clock(stack.sandbox, status, {})

    answer, body = stack.ask("PUT", "/_local/clock", b"{}")

    assert answer.status == 502
    assert "repeat the request" in json.loads(body)["error"]["message"]


def test_a_sandbox_that_is_down_is_told_to_the_caller(stack: Stack) -> None:
    _answer_clock(stack.origin, 200, {"offset_seconds": 60})
    with front_door.serve(0, stack.address, f"http://127.0.0.1:{processes.free_port()}") as door:
        threading.Thread(target=door.handle_request, daemon=True).start()
        answer = _raw(
            door.server_port,
            b"PUT /_local/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        )

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"repeat the request" in answer


def _answer_clock(server: ThreadingHTTPServer, status: int, content: dict[str, Any]) -> None:
    server.RequestHandlerClass.clock_status = status  # type: ignore[attr-defined]
    server.RequestHandlerClass.clock_answer = json.dumps(content).encode()  # type: ignore[attr-defined]


def _raw(port: int, request: bytes, *, hang_up: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
