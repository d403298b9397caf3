"""Catches the callbacks that the sandbox raises, so that a scenario can hand them to siyu itself, once or again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.world import Run, World


class Caught(NamedTuple):
    """A request as WeChat sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def hand_to(self, world: World) -> Run:
        """The same request to siyu; anything but 200 is a failure, as it is for WeChat."""

        def send() -> int:
            answer = world.http.request(self.method, self.path, self.headers, self.body)
            assert answer.status_code == 200, f"{self.path}: {answer.status_code} {answer.body[:200]!r}"
            return int(answer.status_code)

        return send


class Catcher:
    """`url` is to be told to the sandbox as siyu's; `take` gives what came since."""

    def __init__(self) -> None:
        self.caught: list[Caught] = []
        caught = self.caught

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                caught.append(Caught("POST", self.path, dict(self.headers.items()), body))
                self.send_response(200)
                self.send_header("Content-Length", "7")
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self) -> list[Caught]:
        """What was caught since the last look."""
        found, self.caught[:] = list(self.caught), []
        return found


@contextmanager
def catching() -> Iterator[Catcher]:
    """A catcher that listens."""
    catcher = Catcher()
    thread = threading.Thread(target=catcher.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield catcher
    finally:
        catcher.server.shutdown()
        catcher.server.server_close()
