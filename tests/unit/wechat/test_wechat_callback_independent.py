"""Our callback crypto against another library's: what one writes, the other reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.wechat.callback_crypto import CallbackCrypto, CallbackRefused, parse_event

TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
NOW, NONCE = 1_767_225_600, "n0nce"
EVENTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200).map(
    lambda text: f"<xml><Event><![CDATA[{text.replace(']]>', '')}]]></Event></xml>"
)


def theirs(corp: str = CORP) -> object:
    from wechatpy.enterprise.crypto import WeChatCrypto

    return WeChatCrypto(TOKEN, AES_KEY, corp)


def ours(corp: str = CORP) -> CallbackCrypto:
    return CallbackCrypto(TOKEN, AES_KEY, corp)


@given(xml=EVENTS)
@settings(max_examples=30, deadline=None)
def test_what_wechatpy_encrypts_we_read(xml: str) -> None:
    sealed = parse_event(theirs().encrypt_message(xml, NONCE, str(NOW)).encode())  # type: ignore[attr-defined]

    plain = ours().verify_and_decrypt(
        signature=sealed["MsgSignature"],
        timestamp=sealed["TimeStamp"],
        nonce=sealed["Nonce"],
        encrypted=sealed["Encrypt"],
        now=NOW,
    )

    assert plain.decode() == xml


@given(xml=EVENTS, random16=st.binary(min_size=16, max_size=16))
@settings(max_examples=30, deadline=None)
def test_what_we_encrypt_wechatpy_reads(xml: str, random16: bytes) -> None:
    encrypted = ours().encrypt(xml.encode(), random16)
    signature = ours().sign(str(NOW), NONCE, encrypted)
    envelope = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"

    plain = theirs().decrypt_message(envelope, signature, str(NOW), NONCE)  # type: ignore[attr-defined]

    assert plain == xml


def test_both_refuse_another_corps_message() -> None:
    from wechatpy.enterprise.exceptions import InvalidCorpIdException

    encrypted = ours("ww-another").encrypt(b"<xml/>", b"0123456789abcdef")
    signature = ours().sign(str(NOW), NONCE, encrypted)
    envelope = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"

    with pytest.raises(InvalidCorpIdException):
        theirs().decrypt_message(envelope, signature, str(NOW), NONCE)  # type: ignore[attr-defined]
    with pytest.raises(CallbackRefused, match="wrong_receiver"):
        ours().verify_and_decrypt(signature=signature, timestamp=str(NOW), nonce=NONCE, encrypted=encrypted, now=NOW)
