"""Codes that prove themselves."""

from __future__ import annotations

import random
import secrets

from chalicelib.codes.format import code as code_format
from chalicelib.kernel import crockford
from chalicelib.kernel.tokens import derive_key
from tests.yardstick import in_hmacs

ROOT = b"k" * 32


def key_of(number: int) -> bytes:
    return derive_key(ROOT, f"code-batch {number}")


def test_a_code_has_twenty_characters_and_says_where_it_belongs() -> None:
    code = code_format.compose(31, 2**25 - 1, code_format.MOST_CODES - 1, key_of(7))

    parts = code_format.read(code)

    assert len(code) == 20
    assert parts == code_format.Parts(code, 31, 2**25 - 1, code_format.MOST_CODES - 1)


def test_lower_case_hyphens_and_misread_letters_are_the_same_code() -> None:
    code = code_format.compose(1, 0, 33, key_of(0))
    misread = code.replace("0", "o").replace("1", "l").lower()
    grouped = "-".join(misread[place : place + 5] for place in range(0, 20, 5))

    assert code_format.read(f" {grouped} ") == code_format.read(code)
    assert code_format.read(misread.replace("l", "I")) == code_format.read(code)


def test_text_that_can_not_be_a_code_is_none() -> None:
    for text in ("", "ABC", "U" * 20, "0" * 19, "0" * 21, "码" * 20, "0000000000000000000é"):
        assert code_format.read(text) is None


def test_a_code_of_another_batch_sequence_or_version_is_not_genuine() -> None:
    code = code_format.compose(1, 7, 9, key_of(7))
    for place, letter in ((0, "2"), (5, "8"), (10, "A"), (19, "0" if code[19] != "0" else "1")):
        forged = code[:place] + letter + code[place + 1 :]
        parts = code_format.read(forged)
        assert parts is not None
        assert not code_format.is_genuine(parts, key_of(parts.number))

    genuine = code_format.read(code)
    assert genuine is not None
    assert code_format.is_genuine(genuine, key_of(7))


def test_none_of_100000_random_strings_is_genuine() -> None:
    draw = random.Random(secrets.randbits(64))
    key = key_of(7)

    for _ in range(100_000):
        parts = code_format.read("".join(draw.choices(crockford.ALPHABET, k=20)))
        assert parts is not None
        assert not code_format.is_genuine(parts, key)


def test_minting_a_code_costs_no_more_than_ten_hmacs() -> None:
    key, codes = key_of(7), set[str]()

    spent = in_hmacs(lambda: codes.update(code_format.compose(1, 7, seq, key) for seq in range(20_000)), 20_000)

    assert len(codes) == 20_000
    assert spent < 10


def test_a_batch_asks_for_the_same_numbers_every_time() -> None:
    numbers = [code_format.batch_number("bat_1", attempt) for attempt in range(4)]

    assert numbers == [code_format.batch_number("bat_1", attempt) for attempt in range(4)]
    assert len(set(numbers)) == 4
    assert all(0 <= number < 2**25 for number in numbers)
