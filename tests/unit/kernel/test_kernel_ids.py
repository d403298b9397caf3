"""Ids and Crockford's base32."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from chalicelib.kernel import crockford, ids

MOMENTS = st.integers(0, 253_402_300_799_999)
CANONICAL = st.text(crockford.ALPHABET, max_size=40)


@given(st.text(max_size=40))
def test_canonical_spelling_is_canonical_already(text: str) -> None:
    once = crockford.canonical(text)

    assert crockford.canonical(once) == once


@given(CANONICAL, st.randoms(use_true_random=False))
def test_every_misreading_of_a_code_is_the_same_code(code: str, random: object) -> None:
    misread = code.lower().replace("0", "o").replace("1", "l")

    assert crockford.canonical(misread) == code
    assert crockford.canonical(misread.upper()) == code
    assert crockford.canonical("-".join(misread)) == code
    assert crockford.is_canonical(code)


@pytest.mark.parametrize("text", ["U", "1é", "Ａ", "A*B", "²"])
def test_foreign_characters_are_not_canonical(text: str) -> None:
    assert not crockford.is_canonical(crockford.canonical(text))


@given(st.integers(0, 2**100 - 1))
def test_a_number_survives_its_spelling(number: int) -> None:
    assert crockford.decode_int(crockford.encode_int(number, 20)) == number


@given(st.integers(0, 2**25 - 1), st.integers(0, 2**25 - 1))
def test_spellings_sort_as_their_numbers(first: int, second: int) -> None:
    assert (crockford.encode_int(first, 5) < crockford.encode_int(second, 5)) == (first < second)


@pytest.mark.parametrize("number", [32, -1])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        crockford.encode_int(number, 1)


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_different_bytes_of_one_length_are_spelled_differently(first: bytes, second: bytes) -> None:
    if len(first) == len(second):
        assert (crockford.encode(first) == crockford.encode(second)) == (first == second)


@given(MOMENTS)
def test_an_id_carries_its_exact_millisecond(now: int) -> None:
    identifier = ids.new_id("member", now)

    assert ULID.from_str(identifier.removeprefix("mbr_")).milliseconds == now
    assert ids.looks_like("member", identifier)
    assert not ids.looks_like("guide", identifier)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({ids.new_id("visit", 1) for _ in range(1000)}) == 1000


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_only_the_same_cause_has_the_same_digest(first: list[str], second: list[str]) -> None:
    assert (ids.digest32(*first) == ids.digest32(*second)) == (first == second)


def test_parts_that_hold_a_delimiter_are_not_confused() -> None:
    assert ids.digest32("a\x1fb") != ids.digest32("a", "b")
    assert ids.digest32("ab", "c") != ids.digest32("a", "bc")
    assert ids.digest32("1:a1:b") != ids.digest32("a", "b")


def test_a_derived_id_looks_like_one_and_repeats() -> None:
    first = ids.derived_id("payout", "packet", 7)

    assert first == ids.derived_id("payout", "packet", 7)
    assert ids.looks_like("payout", first)
    assert first != ids.derived_id("packet", "packet", 7)


@pytest.mark.parametrize("text", ["", "mbr", "mbr_", "mbr_" + "０" * 26, "mbr_" + "A" * 25, "MBR_" + "A" * 26])
def test_nonsense_does_not_look_like_an_id(text: str) -> None:
    assert not ids.looks_like("member", text)


def test_prefixes_are_unique() -> None:
    assert len(set(ids.PREFIXES.values())) == len(ids.PREFIXES)
