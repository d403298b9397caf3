"""Short tokens with a MAC."""

from __future__ import annotations

import string
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.tokens import BadToken, derive_key, seal, seal_until, unseal, unseal_until

KEY = derive_key(b"k" * 32, "badge")
BASE64URL = string.ascii_letters + string.digits + "-_"
PAYLOADS = st.binary(min_size=1, max_size=40)


@given(PAYLOADS, st.integers(4, 32))
def test_a_token_gives_its_payload_back(payload: bytes, mac_bytes: int) -> None:
    assert unseal(seal(payload, KEY, mac_bytes=mac_bytes), KEY, mac_bytes=mac_bytes) == payload


@given(PAYLOADS)
def test_a_token_of_another_purpose_or_root_is_refused(payload: bytes) -> None:
    token = seal(payload, KEY)

    for other in (derive_key(b"k" * 32, "invite"), derive_key(b"l" * 32, "badge")):
        with pytest.raises(BadToken):
            unseal(token, other)


def test_a_changed_bit_anywhere_is_refused() -> None:
    token = seal(b"guide-7", KEY)
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))

    for place in range(len(raw)):
        for bit in range(8):
            forged = bytearray(raw)
            forged[place] ^= 1 << bit
            with pytest.raises(BadToken):
                unseal(_spelled(bytes(forged)), KEY)


def test_a_changed_character_anywhere_is_refused() -> None:
    token = seal(b"guide-77", KEY)

    for place in range(len(token)):
        for letter in BASE64URL:
            if letter != token[place]:
                with pytest.raises(BadToken):
                    unseal(token[:place] + letter + token[place + 1 :], KEY)


@given(PAYLOADS)
def test_only_one_spelling_of_a_token_is_accepted(payload: bytes) -> None:
    token = seal(payload, KEY)

    for other in (token + "=", token + "==", token + "\n", " " + token, token[:3] + "*" + token[3:], token + "é"):
        with pytest.raises(BadToken):
            unseal(other, KEY)


@given(st.text(max_size=60))
def test_nonsense_is_a_bad_token_and_nothing_else(text: str) -> None:
    with pytest.raises(BadToken):
        unseal(text, KEY)


@given(PAYLOADS, st.data())
def test_a_shortened_token_is_refused(payload: bytes, data: st.DataObject) -> None:
    token = seal(payload, KEY)
    kept = data.draw(st.integers(0, len(token) - 1))

    with pytest.raises(BadToken):
        unseal(token[:kept], KEY)


def test_a_token_is_over_at_its_moment() -> None:
    token = seal_until(b"scan", KEY, 1_000)

    assert unseal_until(token, KEY, 999) == b"scan"
    with pytest.raises(BadToken, match="expired"):
        unseal_until(token, KEY, 1_000)


def _spelled(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
