"""Codes cannot be guessed, and are made fast enough to print."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from chalicelib.codes.batches.service import Line
from chalicelib.codes.exports.files import csv_text
from chalicelib.codes.format import code as code_format
from chalicelib.kernel import crockford
from chalicelib.kernel.tokens import derive_key

ROOTS = {1: b"k" * 32, 2: b"l" * 32}
LETTERS = bytes(crockford.ALPHABET[value % 32].encode()[0] for value in range(256))


def is_accepted(text: str) -> bool:
    """What `keys.is_ours` says with these roots."""
    parts = code_format.read(text)
    root = ROOTS.get(parts.key_version) if parts else None
    if parts is None or root is None:
        return False
    return code_format.is_genuine(parts, derive_key(root, f"code-batch {parts.number}"))


def guesses(count: int) -> Iterator[str]:
    """Random strings of 20 characters."""
    length = code_format.LENGTH
    for _ in range(count // 1_000):
        letters = os.urandom(1_000 * length).translate(LETTERS).decode()
        for place in range(0, len(letters), length):
            yield letters[place : place + length]


def test_none_of_1000000_random_strings_is_accepted() -> None:
    assert not any(map(is_accepted, guesses(1_000_000)))


def test_a_genuine_code_is_accepted() -> None:
    assert is_accepted(code_format.compose(2, 77, 9, derive_key(ROOTS[2], "code-batch 77")))


def test_50000_codes_a_second_are_made_with_their_lines() -> None:
    key, base = derive_key(ROOTS[1], "code-batch 7"), "https://siyu.example.com"

    def lines() -> Iterator[Line]:
        for seq in range(50_000):
            code = code_format.compose(1, 7, seq, key)
            yield Line(code, f"{base}/c/{code}", f"{base}/01/06901234567892/21/{code}", seq, seq // 24 + 1)

    started = time.process_time()
    text = csv_text(lines())
    spent = time.process_time() - started

    assert text.count("\r\n") == 50_000
    assert spent < 1.0
