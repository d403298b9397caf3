"""WeCom's callbacks at the door: verified, put on the queue, answered; the welcome message goes out from here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from chalicelib.guides.contacts import tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.events import queues
from chalicelib.runtime.observability import count, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.wechat.callback_crypto import CallbackCrypto
    from chalicelib.wechat.wecom import WeCom

QUEUE: Final = "guides-contacts"
WELCOME: Final = "您好，我是您的专属导购，很高兴认识您！选购、售后有任何问题，随时在这里告诉我。"


def read_echo(query: Mapping[str, str], crypto: CallbackCrypto, now: Millis) -> str:
    """What WeCom wants to hear back when the callback's address is set; 401 or 400 for anybody else's."""
    return _open(query, query.get("echostr", ""), crypto, now).decode()


def receive(
    query: Mapping[str, str], body: bytes, crypto: CallbackCrypto, wecom: Callable[[], WeCom], now: Millis
) -> None:
    """Verify a callback and hand it to the queue before anything else; greet a new customer, once.

    The order matters: an event is marked as known only when the queue has it, so that a crash in between costs
    a second delivery, which changes nothing. 401 for a wrong signature or an age over 300 s, 400 for bad XML.
    """
    xml = _open(query, _parse(body).get("Encrypt", ""), crypto, now)
    fields = _parse(xml)
    digest = dedupe_key(xml)
    if tables.is_marked(digest):
        count("WeComCallbackRepeated")
        return
    queues.send(QUEUE, [queues.Event(digest, "wecom.callback", now, {"fields": fields, "digest": digest})])
    if tables.mark(digest, now) and fields.get("WelcomeCode"):
        _greet(fields["WelcomeCode"], wecom)


def dedupe_key(xml: bytes) -> str:
    """One event's key: the digest of its decrypted XML, which holds ChangeType, UserID, ExternalUserID, CreateTime."""
    return hashlib.sha256(xml).hexdigest()[:32]


def _greet(welcome_code: str, wecom: Callable[[], WeCom]) -> None:
    """Send the welcome message within the code's 20 seconds. Its failure is not the callback's."""
    from chalicelib.wechat.errors import WeChatError

    try:
        wecom().send_welcome(welcome_code, WELCOME)
    except WeChatError as error:
        # 41051: the chat had begun, somebody was faster. Nothing to mend.
        if error.code != "41051":
            count("WelcomeFailed", code=error.code)
            logger().warning("A welcome message was not sent", code=error.code)
        return
    count("WelcomeSent")


def _open(query: Mapping[str, str], encrypted: str, crypto: CallbackCrypto, now: Millis) -> bytes:
    from chalicelib.wechat.callback_crypto import CallbackRefused

    try:
        return crypto.verify_and_decrypt(
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
            encrypted=encrypted,
            now=now / 1000,
        )
    except CallbackRefused as error:
        raise _refused(error.reason) from error


def _parse(xml: bytes) -> dict[str, str]:
    from chalicelib.wechat.callback_crypto import CallbackRefused, parse_event

    try:
        return parse_event(xml)
    except CallbackRefused as error:
        raise _refused(error.reason) from error


def _refused(reason: str) -> SiyuError:
    count("WeComCallbackRefused", reason=reason)
    if reason == "stale":
        return SiyuError("stale_request", "The callback is older than 300 seconds.", param="timestamp")
    if reason == "bad_signature":
        return SiyuError("invalid_signature", "The callback's signature is not WeCom's.", param="msg_signature")
    return SiyuError("invalid_body", f"The callback cannot be read: {reason}.")
