"""Short tokens with a MAC: what is printed or shared is never a bare id (badges, invites, scan ids).

A token is base64url(payload ‖ MAC). The purpose is part of the MAC, so that a badge never passes for an invite.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from chalicelib.kernel.clock import Millis

_EXPIRY_BYTES: Final = 6


class BadToken(ValueError):
    """The token was not made by us for this purpose, or it is over its time."""


def derive_key(root: bytes, purpose: str) -> bytes:
    """One key per purpose from one secret: HMAC-SHA256 as the expand step of HKDF (RFC 5869) with one block."""
    return hmac.digest(root, purpose.encode() + b"\x01", hashlib.sha256)


def seal(payload: bytes, key: bytes, *, mac_bytes: int = 8) -> str:
    """A token that carries `payload` readably and cannot be forged without `key`."""
    mac = hmac.digest(key, payload, hashlib.sha256)[:mac_bytes]
    return urlsafe_b64encode(payload + mac).rstrip(b"=").decode()


def unseal(token: str, key: bytes, *, mac_bytes: int = 8) -> bytes:
    """The payload of a token sealed with `key`; `BadToken` for anything else."""
    raw = _decode(token)
    payload, mac = raw[:-mac_bytes], raw[-mac_bytes:]
    expected = hmac.digest(key, payload, hashlib.sha256)[:mac_bytes]
    if len(raw) <= mac_bytes or not hmac.compare_digest(mac, expected):
        raise BadToken("not a token of ours")
    return payload


def seal_until(payload: bytes, key: bytes, expires_at: Millis) -> str:
    """Like `seal`, valid until `expires_at`."""
    return seal(expires_at.to_bytes(_EXPIRY_BYTES, "big") + payload, key)


def unseal_until(token: str, key: bytes, now: Millis) -> bytes:
    """The payload of a token made by `seal_until` that is not over its time; else `BadToken`."""
    raw = unseal(token, key)
    if int.from_bytes(raw[:_EXPIRY_BYTES], "big") <= now:
        raise BadToken("expired")
    return raw[_EXPIRY_BYTES:]


def _decode(token: str) -> bytes:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise BadToken("not base64url") from error
    # b64decode ignores foreign characters and loose end bits: only the one canonical spelling is a token.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadToken("not canonical")
    return raw
