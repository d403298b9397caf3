"""Personal data: phones encrypted at rest, found by a keyed hash, shown masked; secrets sealed the same way."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.text import read

_NONCE_BYTES: Final = 12
_SPACING: Final = re.compile(r"[\s().-]+")
_MAINLAND: Final = re.compile(r"(?:\+86|0086|86)?(1[0-9]{10})")


def canonical_phone(text: str) -> str:
    """A mainland mobile number as its 11 digits; `invalid_parameter` for anything else.

    +86, 0086 and spacing are dropped, so that the same phone always gives the same hash. Another country's
    number is refused: the American +1 380 013 8000 has the digits of a mainland one.
    """
    found = _MAINLAND.fullmatch(_SPACING.sub("", read("phone", text, param="phone")))
    if not found:
        raise SiyuError("invalid_parameter", "Send an 11-digit mainland mobile number.", param="phone")
    return found[1]


def mask_phone(phone: str) -> str:
    """`13800138000` → `138****8000`."""
    return f"{phone[:3]}****{phone[-4:]}"


def keyed_hash(value: str, key: bytes) -> str:
    """For lookup of a value that must not be stored readably: HMAC-SHA256, 32 hex characters (128 bits)."""
    return hmac.digest(key, value.encode(), hashlib.sha256).hex()[:32]


def encrypt(text: str, key: bytes, *, context: str) -> bytes:
    """AES-256-GCM, nonce first. `context` (the row it belongs to) is authenticated: ciphertexts cannot be swapped."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), context.encode())


def decrypt(sealed: bytes, key: bytes, *, context: str) -> str:
    """What `encrypt` sealed under the same context; cryptography's `InvalidTag` when key, row or bytes differ."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()).decode()
