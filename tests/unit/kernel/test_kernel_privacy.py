"""Personal data: encryption, lookup, masking."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import canonical_phone, decrypt, encrypt, keyed_hash, mask_phone

KEY, OTHER_KEY = b"a" * 32, b"b" * 32
PHONES = st.integers(10_000_000_000, 19_999_999_999).map(str)


@given(st.text(max_size=100), st.text(max_size=30))
def test_what_was_sealed_is_read_in_its_own_row(text: str, context: str) -> None:
    assert decrypt(encrypt(text, KEY, context=context), KEY, context=context) == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert encrypt("13800138000", KEY, context="m1") != encrypt("13800138000", KEY, context="m1")


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_ciphertext_can_not_be_moved_to_another_row(one: str, other: str) -> None:
    sealed = encrypt("13800138000", KEY, context=one)

    if one != other:
        with pytest.raises(InvalidTag):
            decrypt(sealed, KEY, context=other)


def test_another_key_or_a_changed_byte_is_refused() -> None:
    sealed = encrypt("13800138000", KEY, context="m1")

    with pytest.raises(InvalidTag):
        decrypt(sealed, OTHER_KEY, context="m1")
    for place in range(len(sealed)):
        forged = bytes(byte ^ (place == at) for at, byte in enumerate(sealed))
        with pytest.raises(InvalidTag):
            decrypt(forged, KEY, context="m1")


@given(PHONES)
def test_every_spelling_of_a_phone_is_one_phone(phone: str) -> None:
    spaced = f"{phone[:3]} {phone[3:7]}-{phone[7:]}"

    for text in (phone, spaced, f"+86{phone}", f"+86 {spaced}", f"0086 {phone}", f"86{phone}", f"(+86) {phone}"):
        assert canonical_phone(text) == phone


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1380013800",
        "138001380000",
        "23800138000",
        "+1 380 013 8000",
        "+44 1380013800",
        "+852 13800138",
        "008686 13800138000",
        "phone 13800138000",
        "13800138000x",
        "١٣٨٠٠١٣٨٠٠٠",
    ],
)
def test_what_is_not_a_mainland_mobile_is_refused(text: str) -> None:
    with pytest.raises(SiyuError) as refused:
        canonical_phone(text)

    assert refused.value.param == "phone"
    assert not any(part in refused.value.message for part in text.split())


@given(PHONES)
def test_a_masked_phone_keeps_seven_digits_of_eleven(phone: str) -> None:
    assert mask_phone(phone) == f"{phone[:3]}****{phone[7:]}"


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_lookup_hash_is_equal_for_equal_values_only(one: str, other: str) -> None:
    assert (keyed_hash(one, KEY) == keyed_hash(other, KEY)) == (one == other)
    assert keyed_hash(one, KEY) != keyed_hash(one, OTHER_KEY)
    assert len(keyed_hash(one, KEY)) == 32
