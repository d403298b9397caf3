"""Sending callbacks: what came back, and how often it was tried."""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import crypto
from .context import Json, Sandbox

_log = logging.getLogger("sandbox")
_TIMEOUT_SECONDS = 5.0  # WeCom's own limit
_PAUSES_SECONDS = (0.1, 0.2, 0.4)  # three retries, as WeCom makes; its real pauses are longer


@dataclass(frozen=True)
class Delivery:
    """`status` is the last HTTP status, None when no answer came; `error` says why."""

    status: int | None
    attempts: int
    error: str | None = None
    accepted: bool = False

    def as_json(self) -> Json:
        """For the answer of a control."""
        content = {"status": self.status, "attempts": self.attempts}
        return content if self.error is None else {**content, "error": self.error}


NO_ADDRESS = Delivery(None, 0, "no callback URL is set: PUT /_control/settings")


def wecom_event(sandbox: Sandbox, xml: str, *, timestamp: int | None = None, times: int = 1) -> list[Delivery]:
    """Encrypt a plaintext event and deliver it `times` times, byte for byte the same each time."""
    address = sandbox.store.setting("wecom_callback_url")
    if not address:
        return [NO_ADDRESS]
    keys = sandbox.keys
    encrypted = crypto.encrypt_event(xml, keys.encoding_aes_key, keys.corp_id)
    sent_at, nonce = str(int(sandbox.clock()) if timestamp is None else timestamp), str(secrets.randbelow(10**10))
    signature = crypto.callback_signature(keys.callback_token, sent_at, nonce, encrypted)
    separator = "&" if urlsplit(address).query else "?"
    url = f"{address}{separator}msg_signature={signature}&timestamp={sent_at}&nonce={nonce}"
    body = (
        f"<xml><ToUserName><![CDATA[{keys.corp_id}]]></ToUserName><AgentID><![CDATA[{keys.agent_id}]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    return [_post(sandbox, url, body, headers, lambda status: status == 200) for _ in range(times)]


def pay_notification(sandbox: Sandbox, url: str, body: str, *, times: int = 1) -> list[Delivery]:
    """Sign a notification and deliver it; 200 and 204 are success. Each delivery has its own signature."""

    def once() -> Delivery:
        return _post(sandbox, url, body, pay_headers(sandbox, body), lambda status: status in (200, 204))

    return [once() for _ in range(times)]


def pay_headers(sandbox: Sandbox, body: str) -> dict[str, str]:
    """The `Wechatpay-*` headers of an answer or a notification."""
    timestamp, nonce = str(int(sandbox.clock())), secrets.token_hex(16)
    signature = crypto.sign(sandbox.keys.pay_private_key, f"{timestamp}\n{nonce}\n{body}\n")
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": sandbox.keys.pay_public_key_id,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def _post(sandbox: Sandbox, url: str, body: str, headers: dict[str, str], accepted: Callable[[int], bool]) -> Delivery:
    attempts, status, error, taken = 0, None, None, False
    for pause in (*_PAUSES_SECONDS, None):
        attempts += 1
        status, error = _once(url, body, headers)
        taken = status is not None and accepted(status)
        if taken:
            break
        if pause is None or _interrupted(sandbox.stopping, pause):
            break
    _log.info("callback %s -> %s after %d attempts", urlsplit(url).path, status or error, attempts)
    return Delivery(status, attempts, error, taken)


def _once(url: str, body: str, headers: dict[str, str]) -> tuple[int | None, str | None]:
    import requests

    with requests.Session() as session:
        session.trust_env = False  # never through a proxy: the receiver is on this machine
        try:
            answer = session.post(
                url, data=body.encode(), headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.Timeout:
            return None, "timeout"
        except requests.RequestException as error:
            return None, type(error).__name__
    return answer.status_code, None


def _interrupted(stopping: threading.Event, seconds: float) -> bool:
    return stopping.wait(seconds)
