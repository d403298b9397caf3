"""The convention that mini program and WeCom share: JSON, a token in the URL, `errcode` in a 200."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from chalicelib.wechat.access_tokens import TokenSource
from chalicelib.wechat.errcodes import Codes, error_of
from chalicelib.wechat.errors import Refused, TokenRefused, Unknown
from chalicelib.wechat.transport import Call, Reply, Transport, with_retries

T = TypeVar("T")

JSON = {"Content-Type": "application/json"}


class Nothing(msgspec.Struct, frozen=True):
    """The shape of an answer of which only the errcode matters."""


class _Outcome(msgspec.Struct, frozen=True):
    errcode: int = 0
    errmsg: str = ""
    errno: int = 0  # some mini-program APIs answer errno instead


class ErrcodeApi:
    """Calls one platform. All methods raise WeChatError, with the codes of the table given."""

    def __init__(
        self,
        transport: Transport,
        codes: Codes,
        tokens: TokenSource | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._codes = codes
        self._tokens = tokens
        self._sleep = sleep

    def with_tokens(self, tokens: TokenSource) -> ErrcodeApi:
        """The same connection, signing calls by these tokens."""
        return ErrcodeApi(self._transport, self._codes, tokens, self._sleep)

    def get(self, api: str, path: str, params: Mapping[str, str], into: type[T]) -> T:
        """A read: repeated once even when the answer was lost."""
        return self.decode(self.send(Call(api, "GET", path, dict(params)), idempotent=True), api, into)

    def post(self, api: str, path: str, body: object, into: type[T], *, idempotent: bool = False) -> T:
        """A JSON POST. `idempotent`: repeating it changes nothing, so a lost answer is asked for again."""
        call = Call(api, "POST", path, headers=JSON, body=msgspec.json.encode(body))
        return self.decode(self.send(call, idempotent=idempotent), api, into)

    def send(self, call: Call, *, idempotent: bool, signed: bool = True) -> Reply:
        """The checked answer; a refused token is renewed once, the call then repeated once."""
        attempt = self._send_signed if signed else self._send_checked
        return with_retries(lambda: attempt(call), idempotent=idempotent, sleep=self._sleep)

    def decode(self, reply: Reply, api: str, into: type[T]) -> T:
        """The answer as a value. An answer that cannot be read may follow an executed call: Unknown."""
        try:
            return msgspec.json.decode(reply.body, type=into)
        except msgspec.MsgspecError as error:
            raise Unknown(api, "unreadable", f"The answer has another shape: {error}") from error

    def _send_signed(self, call: Call) -> Reply:
        if self._tokens is None:
            raise TypeError("This api was built without tokens.")
        token = self._tokens.get()
        try:
            return self._send_checked(_signed(call, token))
        except TokenRefused:
            token = self._tokens.refresh(token)
        return self._send_checked(_signed(call, token))

    def _send_checked(self, call: Call) -> Reply:
        reply = self._transport.send(call)
        _check_status(call.api, reply)
        if not _is_json(reply):  # a picture; who expects JSON finds out in decode
            return reply
        outcome = self.decode(reply, call.api, _Outcome)
        code = outcome.errcode or outcome.errno
        if code:
            raise error_of(self._codes, call.api, str(code), outcome.errmsg)
        return reply


def _signed(call: Call, token: str) -> Call:
    return msgspec.structs.replace(call, params={**call.params, "access_token": token})


def _is_json(reply: Reply) -> bool:
    return reply.body.lstrip()[:1] == b"{"


def _check_status(api: str, reply: Reply) -> None:
    """A 500 without JSON and any 4xx were not executed; 502 to 504 may come from a proxy after the fact."""
    code = f"http_{reply.status}"
    if reply.status == 200:
        return
    if reply.status == 500 and not _is_json(reply):
        raise Refused(api, code, "The platform failed before doing anything.", retryable=True)
    if reply.status == 429:
        raise Refused(api, code, "Too many calls.", limited=True)
    if 400 <= reply.status < 500:
        raise Refused(api, code, "The platform does not know this request.")
    raise Unknown(api, code, "An answer that is not the platform's.")
