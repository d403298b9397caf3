"""HTTP towards one platform: a kept connection, bounded waiting, and what each failure means."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from chalicelib.wechat.errors import Refused, Unknown, Unreachable, WeChatError

if TYPE_CHECKING:
    import requests

# A connection that idled longer is dropped, not reused: while a Lambda is frozen the other side closes
# it, and a request written to it would end as Unknown though nobody read it.
IDLE_SECONDS: Final = 15.0
PAUSES: Final = (0.2, 0.6)

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True):
    """One request. `api` is its name in errors and logs, where the URL must not go: it bears tokens."""

    api: str
    method: str
    path: str
    params: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """An answer as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport:
    """Sends to one host. `timeout` is (connect, read) in seconds; `clock` gives unix seconds."""

    def __init__(
        self,
        base_url: str,
        *,
        clock: Callable[[], float],
        timeout: tuple[float, float],
        proxy: str | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._timeout = timeout
        self._proxy = proxy
        self._session: requests.Session | None = None
        self._used_at = 0.0

    def send(self, call: Call) -> Reply:
        """One attempt, whatever status comes back. Raises Unreachable or Unknown."""
        import requests

        try:
            response = self._open_session().request(
                call.method,
                self._base_url + call.path,
                params=call.params or None,
                headers=call.headers,
                data=call.body or None,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = _failure_of(call.api, error)
        else:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, response.content)
        # Raised out here so that the cause, whose text holds the URL with its secrets, is not attached.
        raise failure

    def _open_session(self) -> requests.Session:
        now = self._clock()
        if self._session is not None and now - self._used_at > IDLE_SECONDS:
            self._session.close()
            self._session = None
        if self._session is None:
            self._session = _new_session(self._proxy)
        self._used_at = now
        return self._session


def with_retries(attempt: Callable[[], T], *, idempotent: bool, sleep: Callable[[float], None] = time.sleep) -> T:
    """Repeat what was certainly not executed, up to twice; an idempotent call also once after Unknown."""
    for number, pause in enumerate(PAUSES):
        try:
            return attempt()
        except WeChatError as error:
            if not _may_repeat(error, repeat_unknown=idempotent and number == 0):
                raise
        sleep(pause)
    return attempt()


def _may_repeat(error: WeChatError, *, repeat_unknown: bool) -> bool:
    if isinstance(error, Refused):
        return error.retryable and not error.limited
    if isinstance(error, Unknown):
        return repeat_unknown
    return isinstance(error, Unreachable)


def _new_session(proxy: str | None) -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc credentials that nobody configured here
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=4, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _failure_of(api: str, error: requests.RequestException) -> WeChatError:
    """Unreachable only where it is certain that no request was written."""
    import requests

    name = type(error).__name__
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(api, "connect_timeout", "No connection within the time-out.")
    if isinstance(error, requests.exceptions.ConnectionError) and _never_connected(error):
        return Unreachable(api, "no_connection", "No connection: check host, network and proxy.")
    if isinstance(error, requests.exceptions.ReadTimeout):
        return Unknown(api, "read_timeout", "No answer within the time-out.")
    return Unknown(api, "lost_answer", f"The connection broke ({name}).")


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """A refused connection, an unknown host or a certificate that does not fit, also behind a proxy."""
    import ssl

    from urllib3.exceptions import NewConnectionError

    cause: object = error
    seen = 0
    while isinstance(cause, BaseException) and seen < 6:  # ConnectionError → MaxRetryError → … → reason
        if isinstance(cause, NewConnectionError | ssl.SSLCertVerificationError):
            return True
        nested = getattr(cause, "reason", None) or getattr(cause, "original_error", None)
        cause = nested or (cause.args[0] if cause.args else None)
        seen += 1
    return False
