"""Codes cannot be guessed, and are made fast enough to print."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from chalicelib.codes.batches.service import Line
from chalicelib.codes.exports.files import csv_text
from chalicelib.codes.format import code as code_format
from chalicelib.kernel import crockford
from chalicelib.kernel.tokens import derive_key
from tests.sizes import size
from tests.yardstick import in_hmacs

LINES = 20_000
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


@pytest.mark.soak
def test_none_of_many_random_strings_is_accepted() -> None:
    assert not any(map(is_accepted, guesses(size(100_000, soak=1_000_000))))


def test_a_genuine_code_is_accepted() -> None:
    assert is_accepted(code_format.compose(2, 77, 9, derive_key(ROOTS[2], "code-batch 77")))


def test_a_line_of_an_export_costs_no_more_than_fifteen_hmacs() -> None:
    # 50,000 lines a second on a machine that makes 750,000 HMACs.
    key, base = derive_key(ROOTS[1], "code-batch 7"), "https://siyu.example.com"

    def lines() -> Iterator[Line]:
        for seq in range(LINES):
            code = code_format.compose(1, 7, seq, key)
            yield Line(code, f"{base}/c/{code}", f"{base}/01/06901234567892/21/{code}", seq, seq // 24 + 1)

    spent = in_hmacs(lambda: csv_text(lines()), LINES)

    assert csv_text(lines()).count("\r\n") == LINES
    assert spent < 15
