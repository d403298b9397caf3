"""A sandbox in a thread, and the people who use it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.local.sandbox.keys import SandboxKeys, make_keys
from infra.local.sandbox.server import SandboxServer
from tests.sandbox.driver import Driver, MovableClock, Receiver


@pytest.fixture(scope="session")
def keys() -> SandboxKeys:
    return make_keys()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def server(tmp_path: Path, keys: SandboxKeys, clock: MovableClock) -> Iterator[SandboxServer]:
    with SandboxServer(tmp_path, keys, clock=clock) as running:
        yield running


@pytest.fixture
def driver(server: SandboxServer, keys: SandboxKeys) -> Driver:
    return Driver(server.url, keys)


@pytest.fixture
def receiver(driver: Driver) -> Iterator[Receiver]:
    """Where callbacks go; its `statuses` are answered one after the other, then 200."""
    inbox = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(inbox.take(self.path, dict(self.headers), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    driver.control("PUT", "settings", {"wecom_callback_url": f"{inbox.url}/callbacks/wecom"})
    yield inbox
    listening.shutdown()
    listening.server_close()
