"""What a code is made of: 20 Crockford characters that prove themselves.

    1 key version · 5 batch number · 5 sequence · 9 MAC          (5 bits a character: 5 + 25 + 25 + 45)

So a code needs no row before its first scan, and a forged one is told without asking the database. The characters
and the length fit GS1's AI 21 (up to 20 of character set 82).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, NamedTuple

from chalicelib.kernel import crockford, text

LENGTH: Final = 20
BATCH_LETTERS: Final = 5
MAC_LETTERS: Final = 9
NUMBERS: Final = 32**BATCH_LETTERS
MOST_CODES: Final = 10_000_000
"""Codes in one batch; a sequence of 25 bits leaves room for three times as many."""


class Parts(NamedTuple):
    """A code that is well formed; whether it is genuine only its MAC says."""

    code: str
    key_version: int
    number: int
    sequence: int


def read(typed: str) -> Parts | None:
    """What a printed or typed text says once its misread letters are mended; None when it cannot be a code."""
    code = crockford.canonical(text.read("code", typed, param="code"))
    if len(code) != LENGTH or not crockford.is_canonical(code):
        return None
    return Parts(
        code,
        crockford.decode_int(code[0]),
        crockford.decode_int(code[1:6]),
        crockford.decode_int(code[6:11]),
    )


def compose(key_version: int, number: int, sequence: int, key: bytes) -> str:
    """The code of one item, under its batch's own key. The MAC covers all that stands before it."""
    head = crockford.encode_int((key_version << 25 | number) << 25 | sequence, LENGTH - MAC_LETTERS)
    return head + _mac(key, head)


def is_genuine(parts: Parts, key: bytes) -> bool:
    """Whether the MAC was made with the batch's key: a guess succeeds once in 2^45."""
    return hmac.compare_digest(parts.code[-MAC_LETTERS:], _mac(key, parts.code[:-MAC_LETTERS]))


def batch_number(batch_id: str, attempt: int) -> int:
    """The number that a batch asks for at its n-th attempt: 25 bits of a hash of its id.

    No counter stands between two operators who mint at once, the number tells nobody how many batches there
    are, and a repeated request asks for the same one.
    """
    digest = hashlib.sha256(f"code-batch {attempt} {batch_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % NUMBERS


def _mac(key: bytes, head: str) -> str:
    digest = hmac.digest(key, head.encode(), hashlib.sha256)
    return crockford.encode_int(int.from_bytes(digest[:6], "big") >> 3, MAC_LETTERS)
