"""What a handler is given: the sandbox and the call that arrived."""

import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec
from werkzeug.wrappers import Request

from .clock import Clock
from .errors import BadJson
from .keys import SandboxKeys
from .store import Store

Json = dict[str, Any]

MINI_PROGRAM_HOST = "api.weixin.qq.com"
WECOM_HOST = "qyapi.weixin.qq.com"
PAY_HOST = "api.mch.weixin.qq.com"


@dataclass(frozen=True)
class Sandbox:
    """The parts that live as long as the server."""

    store: Store
    keys: SandboxKeys
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Call:
    """One request with its path parameters; `now` (Unix seconds) is the moment at which it arrived."""

    sandbox: Sandbox
    request: Request
    args: dict[str, str]
    now: float

    @property
    def store(self) -> Store:
        """The rows."""
        return self.sandbox.store

    @property
    def keys(self) -> SandboxKeys:
        """The shared keys."""
        return self.sandbox.keys

    @property
    def base_url(self) -> str:
        """The sandbox's own URL as the caller reached it, without a final slash."""
        return self.request.host_url.rstrip("/")

    def query(self, name: str) -> str:
        """A query parameter, or ''."""
        return str(self.request.args.get(name, ""))

    def body(self) -> Json:
        """The JSON object of the body; an empty body is an empty object."""
        raw = self.request.get_data()
        if not raw.strip():
            return {}
        try:
            content = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadJson from error
        if not isinstance(content, dict):
            raise BadJson
        return content
