"""Crockford's base32: no look-alikes, any case, O read as 0 and I, L as 1 (crockford.com/base32.html)."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_MISREADINGS: Final = str.maketrans("OIL", "011", "- ")


def canonical(text: str) -> str:
    """What the reader meant: upper case, misread letters mended, hyphens and blanks dropped.

    Done before anything else, so that one printed code never has two rows.
    """
    return text.upper().translate(_MISREADINGS)


def is_canonical(text: str) -> bool:
    """Whether every character is of the alphabet, after `canonical`."""
    # What is left when the alphabet's characters are taken off both ends begins with a foreign one.
    return not text.strip(ALPHABET)


def encode_int(number: int, length: int) -> str:
    """`number` as exactly `length` characters, most significant first."""
    letters = [""] * length
    for place in range(length - 1, -1, -1):
        number, value = divmod(number, 32)
        letters[place] = ALPHABET[value]
    if number:
        raise ValueError("the number does not fit")
    return "".join(letters)


def decode_int(text: str) -> int:
    """The number that canonical text stands for; KeyError for a foreign character."""
    number = 0
    for letter in text:
        number = number * 32 + _VALUES[letter]
    return number


def encode(raw: bytes) -> str:
    """Bytes as characters, zero-padded at the low end to a whole character."""
    bits = len(raw) * 8
    length = -(-bits // 5)
    return encode_int(int.from_bytes(raw, "big") << (length * 5 - bits), length)
