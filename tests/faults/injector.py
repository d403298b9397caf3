"""Breaks the n-th call that siyu makes to AWS or to WeChat, once, in one of the ways in which calls break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

from tests.bench.metering import SERVICES, kind_of, listening
from tests.support import Sandbox

Mode = Literal["unsent", "lost", "died", "resent", "refused"]
"""unsent: an error before it is sent. lost: it takes effect, an error is raised. died: it takes effect, then the
process ends. resent (AWS): it takes effect, the answer is lost, boto3 sends it again. refused (WeChat): http_500,
not executed."""

AWS_MODES: tuple[Mode, ...] = ("lost", "died", "unsent", "resent")
WECHAT_MODES: tuple[Mode, ...] = ("lost", "died", "unsent", "refused")


class Died(BaseException):
    """The process ended here: nothing in siyu may catch it."""


class Injector:
    """Counts calls while `armed`; `sites` names each of them. `broke` says whether the fault has happened."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.depth = 0
        self.sites: list[str] = []
        self.target = 0
        self.mode: Mode | None = None
        self.broke = False
        self.pending: Mode | None = None

    def aim(self, target: int, mode: Mode | None) -> None:
        """Break the call number `target` (from 1) of the next run; no mode: count only."""
        self.sites, self.target, self.mode, self.broke, self.pending = [], target, mode, False, None

    @contextmanager
    def armed(self) -> Iterator[None]:
        """siyu's own code runs: its calls count."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def arrive(self, site: str) -> Mode | None:
        """A call is about to be made; how it is to break, if it is."""
        if not self.depth:
            return None
        self.sites.append(site)
        if self.broke or self.mode is None or len(self.sites) != self.target:
            return None
        self.broke = True
        return self.mode


@contextmanager
def installed(injector: Injector) -> Iterator[None]:
    """Listen to the container's AWS clients and to what goes out to WeChat."""
    from chalicelib.runtime.aws import client

    with ExitStack() as stack:
        for service in SERVICES:
            stack.enter_context(_aws(injector, client(service), service))
        stack.enter_context(_wechat(injector))
        yield


@contextmanager
def _aws(injector: Injector, client: Any, service: str) -> Iterator[None]:
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

    rows: list[str] = []

    def see(params: dict[str, Any], **_: Any) -> None:
        rows[:] = [f"{params.get('TableName', '')} {kind_of(params)}".strip()]

    def before(model: Any, **_: Any) -> None:
        mode = injector.arrive(f"{service} {model.name} {rows[0]}".strip())
        if mode == "unsent":
            raise ConnectionClosedError(endpoint_url=f"{service} (injected)")
        injector.pending = mode

    def send(request: Any, **_: Any) -> None:
        if injector.pending == "resent":
            injector.pending = None
            client._endpoint.http_session.send(request)
            raise ReadTimeoutError(endpoint_url=f"{service} (injected)")

    def after(**_: Any) -> None:
        mode, injector.pending = injector.pending, None
        if mode == "lost":
            raise ReadTimeoutError(endpoint_url=f"{service} (injected)")
        if mode == "died":
            raise Died

    with (
        listening(client, f"provide-client-params.{service}", see),
        listening(client, f"before-call.{service}", before),
        listening(client, f"before-send.{service}", send),
        listening(client, f"after-call.{service}", after),
        _no_pause(client, service),
    ):
        yield


@contextmanager
def _no_pause(client: Any, service: str) -> Iterator[None]:
    """boto3 sends again at once instead of waiting up to a second."""
    from botocore.exceptions import ReadTimeoutError

    def again(caught_exception: Any, attempts: int, **_: Any) -> int | None:
        return 0 if isinstance(caught_exception, ReadTimeoutError) and attempts < 4 else None

    event = f"needs-retry.{service}"
    client.meta.events.register_first(event, again)
    try:
        yield
    finally:
        client.meta.events.unregister(event, again)


@contextmanager
def _wechat(injector: Injector) -> Iterator[None]:
    """What the gateways send goes through requests: its one door out is watched."""
    from requests import ReadTimeout
    from requests.adapters import HTTPAdapter

    real: Callable[..., Any] = HTTPAdapter.send

    def send(self: Any, request: Any, **options: Any) -> Any:
        path = request.path_url.partition("?")[0]
        mode = injector.arrive(f"wechat {request.method} {path}")
        if mode == "unsent":
            raise ReadTimeout("injected")
        if mode == "refused":
            injector.sandbox.control("POST", "faults", {"path": path, "mode": "http_500", "times": 1})
        answer = real(self, request, **options)
        if mode == "lost":
            raise ReadTimeout("injected")
        if mode == "died":
            raise Died
        return answer

    HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = real  # type: ignore[method-assign]
