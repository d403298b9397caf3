"""A host that answers what a test scripts, over real HTTP, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = MappingProxyType({})
    delay: float = 0.0
    hang_up: bool = False


Make = Callable[[Asked], Answer]


class FakeHost:
    """`script` is used up one answer per request; `otherwise` answers the rest."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: list[Answer | Make] = []
        self.otherwise: Make = lambda asked: Answer(404, b"")
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answers(self, *answers: Answer | Make) -> None:
        self.script.extend(answers)

    def says(self, **content: Any) -> None:
        self.script.append(said(**content))

    def answer_of(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        answer = self.script.pop(0) if self.script else self.otherwise
        return answer if isinstance(answer, Answer) else answer(asked)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def said(**content: Any) -> Answer:
    return Answer(body=json.dumps(content).encode())


def _handler_of(host: FakeHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            host.connections += 1
            super().setup()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = host.answer_of(Asked(self.command, parts.path, params, headers, body))
            if answer.delay:
                threading.Event().wait(answer.delay)
            if answer.hang_up:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _serve

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client ran into its time-out, as the test wants

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler


class MemoryStore:
    """A TokenStore for one process: for tests of what stands above the store."""

    def __init__(self) -> None:
        self.tokens: dict[str, Any] = {}
        self.leases: dict[str, float] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> Any:
        return self.tokens.get(name)

    def lease(self, name: str, now: float, seconds: float) -> bool:
        with self._lock:
            if self.leases.get(name, 0.0) > now:
                return False
            self.leases[name] = now + seconds
            return True

    def save(self, name: str, token: str, expires_at: float) -> None:
        from chalicelib.wechat.access_tokens import StoredToken

        self.tokens[name] = StoredToken(token, expires_at)


class Clock:
    """Unix seconds that a test moves; `sleep` moves them too."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
