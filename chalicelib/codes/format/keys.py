"""Keys of codes: one per batch, each derived from a secret, none of them stored."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from chalicelib.codes.format.code import Parts, is_genuine
from chalicelib.kernel.tokens import derive_key
from chalicelib.runtime.secrets import app_secrets, code_secrets


@lru_cache(maxsize=512)
def batch_key(key_version: int, number: int) -> bytes | None:
    """The key of a batch's MACs; None when that key version does not exist."""
    root = code_secrets().keys.get(str(key_version))
    return derive_key(root, f"code-batch {number}") if root else None


def is_ours(parts: Parts) -> bool:
    """Whether a well-formed code was minted here. Asks no database."""
    key = batch_key(parts.key_version, parts.number)
    return key is not None and is_genuine(parts, key)


def prize_key(batch_id: str) -> bytes:
    """The key of a batch's prize permutation: it may be revealed after the batch's end without telling another's."""
    return derive_key(code_secrets().prize_key, f"prizes {batch_id}")


def prize_key_hash(batch_id: str) -> str:
    """What is published with the batch, so that the key revealed later can be checked: SHA-256 in hex."""
    return hashlib.sha256(prize_key(batch_id)).hexdigest()


def scan_id_key() -> bytes:
    """The key that signs scan ids."""
    return derive_key(app_secrets().token_key, "scan-id")


def visit_key() -> bytes:
    """The key that makes a visit's key of code, visit id and device."""
    return derive_key(app_secrets().lookup_key, "visit")


def visit_token_key() -> bytes:
    """The key that signs the visit which a page carries."""
    return derive_key(app_secrets().token_key, "visit-token")


def device_key() -> bytes:
    """The key under which device ids are hashed before they are stored."""
    return derive_key(app_secrets().lookup_key, "device")
