"""The threaded HTTP server on 127.0.0.1."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from .application import Application
from .context import Clock, Sandbox
from .keys import SandboxKeys
from .store import Store

HOST = "127.0.0.1"


class SandboxServer:
    """A running sandbox: `with SandboxServer(directory, keys) as server:` or start() and stop()."""

    def __init__(self, directory: Path, keys: SandboxKeys, *, port: int = 0, clock: Clock = time.time) -> None:
        self.sandbox = Sandbox(Store(directory), keys, clock)
        application: Callable[..., Any] = Application(self.sandbox)
        self._server = make_server(HOST, port, application, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        """The base URL of all three hosts."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of held connections and stop; the state stays on disk."""
        self.sandbox.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.sandbox.store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _QuietHandler(WSGIRequestHandler):
    """Werkzeug's own log lines carry query strings, and with them tokens and codes: none are written."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; application.py writes what may be seen."""
