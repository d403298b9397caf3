"""Keeps the callback warm, and knows before WeCom does when it is not.

WeCom gives the verification one second. What is warm is a container that has imported the API, read its secrets and
opened its connections: so the schedule asks what WeCom would ask, through the same gateway, signed the same way.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.observability import count, logger

if TYPE_CHECKING:
    from chalicelib.wechat.callback_crypto import CallbackCrypto

SLOW_SECONDS: Final = 1.0
Ask = Callable[[str], str]


def verify(
    public_url: str, crypto: CallbackCrypto, ask: Ask, now: Millis, *, slow_seconds: float = SLOW_SECONDS
) -> bool:
    """Ask our own callback for an echo as WeCom does; whether it answered rightly. Slow or wrong is counted."""
    echo, nonce, seconds = secrets.token_hex(8), secrets.token_hex(8), str(now // 1000)
    encrypted = crypto.encrypt(echo.encode(), secrets.token_bytes(16))
    query = {
        "msg_signature": crypto.sign(seconds, nonce, encrypted),
        "timestamp": seconds,
        "nonce": nonce,
        "echostr": encrypted,
    }
    began = time.monotonic()
    answer = ask(f"{public_url}/callbacks/wecom?{urlencode(query)}")
    took = time.monotonic() - began
    if answer != echo:
        count("CallbackDown")
        logger().error("The WeCom callback did not answer its verification")
        return False
    if took > slow_seconds:
        # The first after a quiet time or a deployment is: alarm on several in a row.
        count("CallbackSlow")
    return True


def ask_over_http(url: str) -> str:
    """The body of an answer with status 200, "" for everything else."""
    import requests

    try:
        answer = requests.get(url, timeout=(3, 10))
    except requests.RequestException:
        return ""
    return answer.text if answer.status_code == 200 else ""
