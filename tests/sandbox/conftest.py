"""A sandbox in a thread, and the people who use it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra.local.sandbox.keys import SandboxKeys, make_keys
from infra.local.sandbox.server import SandboxServer
from tests.sandbox.driver import Driver, MovableClock, Receiver


@pytest.fixture(scope="session")
def keys() -> SandboxKeys:
    return make_keys()


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, keys: SandboxKeys
) -> Iterator[tuple[SandboxServer, MovableClock]]:
    clock = MovableClock()
    with SandboxServer(tmp_path_factory.mktemp("sandbox"), keys, clock=clock) as server:
        yield server, clock


@pytest.fixture
def server(running: tuple[SandboxServer, MovableClock]) -> SandboxServer:
    """The one server of the run, as empty as a new one."""
    server, clock = running
    clock.offset = 0.0
    server.sandbox.store.reset()
    server.sandbox.store.run("DELETE FROM settings")
    return server


@pytest.fixture
def clock(running: tuple[SandboxServer, MovableClock], server: SandboxServer) -> MovableClock:
    """The server's clock, set back before every test."""
    return running[1]


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
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    driver.control("PUT", "settings", {"wecom_callback_url": f"{inbox.url}/callbacks/wecom"})
    yield inbox
    listening.shutdown()
    listening.server_close()
