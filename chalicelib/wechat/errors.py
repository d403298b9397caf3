"""What a call to WeChat can end as, told apart so that money code cannot confuse them.

| raised | did it happen? | what to do |
|---|---|---|
| `Refused` | no: the platform said so | by `code`; when `retryable`, the same call again later |
| `Unreachable` | no: it never left | the same call again later |
| `Misconfigured` | no: the platform said so | an operator mends it; `detail` says how |
| `Unknown` | perhaps | ask (query); never a new number, never a second message |

"No" speaks of this call alone: an earlier one with the same number may have been executed.
"""

from __future__ import annotations

DETAIL_LIMIT = 240


class WeChatError(Exception):
    """Base of the family. `api` is our name of the call, `code` an errcode, a pay code or `http_500`,
    `detail` one line for a log: it carries no token, no secret and no URL.
    """

    def __init__(self, api: str, code: str, detail: str = "") -> None:
        self.api = api
        self.code = code
        self.detail = detail[:DETAIL_LIMIT]
        super().__init__(f"{api} ended with {code}. {self.detail}".rstrip())


class Refused(WeChatError):
    """The platform said no and did nothing.

    `retryable`: the same call may succeed later. `limited`: only after the rate window has passed, so
    it is for the caller (a queue) to wait, not for the transport.
    """

    def __init__(
        self, api: str, code: str, detail: str = "", *, retryable: bool = False, limited: bool = False
    ) -> None:
        super().__init__(api, code, detail)
        self.retryable = retryable or limited
        self.limited = limited


class Unknown(WeChatError):
    """The answer was lost, unreadable or not provably WeChat's: the call may have been executed."""


class Misconfigured(WeChatError):
    """A bad secret, an untrusted address, a missing permission, an empty account: no retry mends it."""


class TokenRefused(Misconfigured):
    """The access token was refused. The gateways renew it once; a second refusal reaches the caller."""


class Unreachable(WeChatError):
    """The request never left: connection refused, unknown host, connect time-out."""
