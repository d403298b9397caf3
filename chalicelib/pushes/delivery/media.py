"""One attempt to reach one member over one medium, and what its end means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.members.service import Reach
from chalicelib.pushes import rules
from chalicelib.runtime.settings import settings

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram


def attempt(medium: str, reach: Reach, content: Mapping[str, Any], mini_program: MiniProgram) -> str:
    """The letter of the outcome (rules.OUTCOMES); PENDING when nothing happened and it may be tried later.

    Only a definite no is a failure. A lost answer is UNKNOWN: the message may have arrived.
    """
    from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable

    if medium not in rules.SUPPORTED:
        return "m"
    if reach.openid is None:
        return "a"
    try:
        mini_program.send_subscribe_message(
            reach.openid, settings().subscribe_template, rules.message_of(content), content.get("page") or ""
        )
    except Unknown:
        return rules.UNKNOWN
    except Refused as error:
        return rules.PENDING if error.retryable else rules.REASON_OF_ERRCODE.get(error.code, "r")
    except (Misconfigured, Unreachable):
        return rules.PENDING
    return rules.SENT
