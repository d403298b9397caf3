"""WXBizMsgCrypt: what WeCom's callbacks are signed and encrypted with (page 90968).

AES-256-CBC with IV = key[:16]; plaintext = 16 random bytes, length, message, receive id, padded to 32.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

Reason = Literal["bad_signature", "stale", "bad_padding", "wrong_receiver", "bad_xml"]

WINDOW_SECONDS: Final = 300
LARGEST_XML: Final = 256 * 1024
BLOCK: Final = 32  # of the padding; AES's own is 16
HEAD: Final = 20  # 16 random bytes and the length


class CallbackRefused(Exception):
    """Not WeCom's, not for us, or not now. `reason` is one word for metrics."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The callback was refused: {reason}.")
        self.reason = reason


class CallbackCrypto:
    """`receive_id` is the corp id of a self-built app; `encoding_aes_key` has 43 characters."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        key = base64.b64decode(encoding_aes_key + "=")
        if len(key) != BLOCK:
            raise ValueError("The EncodingAESKey has 43 characters: copy it from the app's callback page.")
        self._token = token
        self._key = key
        self._receive_id = receive_id.encode()

    def verify_and_decrypt(
        self,
        *,
        signature: str,
        timestamp: str,
        nonce: str,
        encrypted: str,
        now: float,
        window: float = WINDOW_SECONDS,
    ) -> bytes:
        """The message (XML, or echostr's plaintext). Raises CallbackRefused; nothing is read unsigned."""
        expected = self.sign(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise CallbackRefused("bad_signature")
        if not _is_fresh(timestamp, now, window):
            raise CallbackRefused("stale")
        return self._message_of(_unpadded(self._decrypted(encrypted)))

    def encrypt(self, message: bytes, random16: bytes) -> str:
        """The base64 of an encrypted message, as it stands in `<Encrypt>`; `random16`: 16 fresh bytes."""
        if len(random16) != 16:
            raise ValueError("16 random bytes are needed.")
        plain = random16 + struct.pack(">I", len(message)) + message + self._receive_id
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def encrypt_reply(self, message: bytes, timestamp: int, nonce: str, random16: bytes) -> str:
        """A passive reply as XML. `nonce` is echoed into it, so it must be ours or plainly alphanumeric."""
        if not nonce.isalnum():
            raise ValueError("A reply's nonce is made of letters and digits.")
        encrypted = self.encrypt(message, random16)
        signature = self.sign(str(timestamp), nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """msg_signature: SHA-1 over the sorted parts."""
        parts = sorted([self._token, timestamp, nonce, encrypted])
        return hashlib.sha1("".join(parts).encode(errors="replace"), usedforsecurity=False).hexdigest()

    def _decrypted(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CallbackRefused("bad_padding") from error
        if not sealed or len(sealed) % BLOCK:
            raise CallbackRefused("bad_padding")
        decryptor = self._cipher().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    def _message_of(self, plain: bytes) -> bytes:
        if len(plain) < HEAD:
            raise CallbackRefused("bad_padding")
        (length,) = struct.unpack(">I", plain[16:HEAD])
        if length > len(plain) - HEAD:
            raise CallbackRefused("bad_padding")
        if not hmac.compare_digest(plain[HEAD + length :], self._receive_id):
            raise CallbackRefused("wrong_receiver")
        return plain[HEAD : HEAD + length]

    def _cipher(self) -> Cipher[CBC]:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        return Cipher(AES(self._key), CBC(self._key[:16]))


def parse_event(xml: bytes) -> dict[str, str]:
    """The fields of a callback's XML, outer or decrypted; a list's items are joined by commas.

    Raises CallbackRefused("bad_xml") for anything that is not small, plain XML: no DTD, no entities.
    """
    if len(xml) > LARGEST_XML:
        raise CallbackRefused("bad_xml")
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise CallbackRefused("bad_xml") from error
    if root.tag != "xml":
        raise CallbackRefused("bad_xml")
    return {child.tag: _text_of(child) for child in root}


def _text_of(element: Element) -> str:
    # itertext does not recurse, so that a deeply nested body costs no stack.
    return ",".join(text.strip() for text in element.itertext() if text.strip())


def _unpadded(plain: bytes) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise CallbackRefused("bad_padding")
    return plain[:-pad]


def _is_fresh(timestamp: str, now: float, window: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= window
