"""Rules of the brand's master data."""

from __future__ import annotations


def is_gtin(text: str) -> bool:
    """Whether this is a GTIN of 8, 12, 13 or 14 digits with its check digit (GS1 General Specifications, 7.9)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(letter) for letter in reversed(text)]
    body = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits) if place)
    return (body + digits[0]) % 10 == 0


def gtin14(gtin: str) -> str:
    """A GTIN of any length as its 14 digits."""
    return gtin.zfill(14)
