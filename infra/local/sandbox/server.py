"""The threaded HTTP server on 127.0.0.1."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler, make_server

from .application import Application
from .clock import Clock, MachineClock, machine_clock
from .context import Sandbox
from .keys import SandboxKeys
from .pay_notices import keep_telling
from .store import Store

HOST = "127.0.0.1"


class SandboxServer:
    """A running sandbox: `with SandboxServer(directory, keys) as server:` or start() and stop()."""

    def __init__(
        self, directory: Path, keys: SandboxKeys, *, port: int = 0, clock: MachineClock = machine_clock
    ) -> None:
        store = Store(directory)
        self.sandbox = Sandbox(store, keys, Clock(store, clock))
        application: Callable[..., Any] = Application(self.sandbox)
        handler = _handler(self.sandbox.clock)
        self._server = make_server(HOST, port, application, threaded=True, request_handler=handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._notices = threading.Thread(target=keep_telling, args=(self.sandbox,), name="notices", daemon=True)

    @property
    def url(self) -> str:
        """The base URL of all three hosts."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on, in the background."""
        self._thread.start()
        self._notices.start()

    def stop(self) -> None:
        """Let go of held connections and stop; the state stays on disk."""
        self.sandbox.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._notices.join()
        self._server.server_close()
        self.sandbox.store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler(clock: Clock) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            """Write nothing: lines carry query strings, hence tokens. application.py writes what may be seen."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            """The header Date."""
            return http_date(clock() if timestamp is None else timestamp)

    return Handler
