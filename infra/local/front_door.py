"""The front door: the local stack at one address, with the paths of a real domain.

    python -m infra.local.front_door PORT TARGET_FILE SANDBOX_URL

API Gateway's own address holds the id of the API, which changes with each definition. On AWS a custom domain hides
it; here this does. TARGET_FILE holds the present address, written at each deploy; codes, links and bookmarks live on.
When siyu's clock is put, the WeChat sandbox at SANDBOX_URL is told the same.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import string
import sys
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple
from urllib.parse import quote, urlsplit

from infra.local import sandbox_clock

HEALTH = "/_local/health"
MAX_BODY = 10 * 1024 * 1024
"""Bytes that API Gateway takes."""
ANSWER_SECONDS = 60.0
"""How long an answer may take; API Gateway's own bound of 29 s is kept by the function behind it."""
IDLE_SECONDS = 75.0
"""How long a caller's connection may stay silent."""
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
NO_BODY = (204, 304)


class Answer(NamedTuple):
    """What goes back to a caller."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Problem(NamedTuple):
    """Why the stack behind the door gave no answer, for programs and for people."""

    status: int
    code: str
    english: str
    chinese: str


NOT_UP = Problem(
    502,
    "bad_gateway",
    "The local stack does not answer. `make up` starts it; .local/ministack.log says why it ended.",
    "本地服务尚未启动或正在部署。请运行 make up，稍后刷新本页。",
)
TOO_SLOW = Problem(
    504,
    "gateway_timeout",
    "The local stack took too long to answer. Try again.",
    "本地服务响应超时，请稍后再试。",
)


NOT_TOLD = Problem(
    502,
    "bad_gateway",
    "siyu's clock was put, but the WeChat sandbox did not take the same: repeat the request. See .local/sandbox.log.",
    "siyu 的时钟已经调整，但微信沙箱没有同步。请重试。",
)


def serve(port: int, target: Path, sandbox_url: str, *, answer_seconds: float = ANSWER_SECONDS) -> ThreadingHTTPServer:
    """A server bound to 127.0.0.1:`port` (0: any), which passes requests on to the address in `target`."""
    facts = {"target": target, "sandbox_url": sandbox_url, "answer_seconds": answer_seconds}
    return _Server(("127.0.0.1", port), type("Door", (_Door,), facts))


def point(target: Path, url: str) -> None:
    """Say where the API is from now on: `url` without a slash at the end."""
    draft = target.with_suffix(".draft")
    draft.write_text(url)
    draft.replace(target)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that hang up."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Door(BaseHTTPRequestHandler):
    target: ClassVar[Path]
    sandbox_url: ClassVar[str]
    answer_seconds: ClassVar[float]
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # A head and a body are two packets: without this the second waits 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        path = self._raw_path()
        if path == HEALTH:
            self._give(_json(200, {"status": "ok"}))
        elif path == "/":
            self._give(Answer(302, [("Location", "/docs"), ("Cache-Control", "no-store")], b""))
        elif (body := self._body()) is not None:
            answer = self._ask(path, body)
            self._give(self._told_to_the_sandbox(path, answer))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def log_message(self, *_: object) -> None:
        """The functions' logs tell what was asked."""

    def _raw_path(self) -> str:
        # `self.path` has lost a second slash at the front. What is no ASCII is written as a browser would.
        words = self.requestline.split()
        path = words[1] if len(words) > 1 else "/"
        if not path.startswith("/"):
            parts = urlsplit(path)
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return quote(path, safe=string.punctuation, encoding="latin-1")

    def _body(self) -> bytes | None:
        """The body; None when it was refused or cut off, after which the connection ends."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self._refuse(411, "length_required", "Send the body with its Content-Length.")
        elif int(length) > MAX_BODY:
            self._pass_over(int(length))
            self._refuse(413, "too_large", f"The body can have at most {MAX_BODY} bytes.")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True  # The caller has hung up on the way.
        return None

    def _pass_over(self, length: int) -> None:
        # A caller that is still sending would not see the answer.
        while length > 0 and (part := self.rfile.read(min(length, 65_536))):
            length -= len(part)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.close_connection = True
        self._give(_error(status, code, message))

    def _ask(self, path: str, body: bytes) -> Answer:
        """What the API answers, or an apology when it does not."""
        try:
            address = urlsplit(self.target.read_text().strip())
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.answer_seconds)
            with contextlib.closing(connection):
                connection.putrequest(self.command, f"{address.path}{path}", skip_host=True, skip_accept_encoding=True)
                for name, value in _end_to_end(self.headers.items()):
                    if name.lower() not in ("content-length", "expect"):
                        connection.putheader(name, value)
                if body or self.command in ("POST", "PUT", "PATCH"):
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
                return self._read(connection.getresponse())
        except TimeoutError:
            return _apology(TOO_SLOW, self.headers.get("Accept", ""))
        except (OSError, http.client.HTTPException):
            return _apology(NOT_UP, self.headers.get("Accept", ""))

    def _told_to_the_sandbox(self, path: str, answer: Answer) -> Answer:
        """The same answer, once the sandbox follows siyu's clock where this answer says that it was put."""
        if sandbox_clock.puts_the_clock(self.command, path, answer.status):
            try:
                sandbox_clock.tell(self.sandbox_url, answer.body)
            except sandbox_clock.NotTold:
                return _apology(NOT_TOLD, self.headers.get("Accept", ""))
        return answer

    def _read(self, answer: http.client.HTTPResponse) -> Answer:
        body = answer.read()
        headers = _end_to_end(answer.getheaders())
        if self.command != "HEAD":
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return Answer(answer.status, headers, body)

    def _give(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        # To HEAD goes the length that GET would have, if it is known.
        if answer.status not in NO_BODY and (answer.body or self.command != "HEAD"):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers without those that are between two neighbours only, also those that `Connection` names."""
    listed = list(headers)
    named = {
        part.strip().lower() for name, value in listed if name.lower() == "connection" for part in value.split(",")
    }
    return [(name, value) for name, value in listed if name.lower() not in HOP_BY_HOP | named]


def _apology(problem: Problem, accept: str) -> Answer:
    if "text/html" not in accept:
        return _error(problem.status, problem.code, problem.english)
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>siyu：暂时无法访问</title><h1>暂时无法访问</h1><p>{problem.chinese}</p></html>"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Cache-Control", "no-store"),
        ("Retry-After", "5"),
    ]
    return Answer(problem.status, headers, page.encode())


def _error(status: int, code: str, message: str) -> Answer:
    return _json(status, {"error": {"code": code, "message": message, "param": None, "request_id": ""}})


def _json(status: int, content: object) -> Answer:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Answer(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")], body)


def main(port: int, target: Path, sandbox_url: str) -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with serve(port, target, sandbox_url) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
