"""How a pot is split into shares (拆红包): decided by a seed before the first draw, computed one share at a time.

A lucky pot is halved again and again; each half gets its mean and a seeded deviation, within what keeps every
share between the least and the most. So shares sum exactly by construction, and one of a million costs twenty
hashes and no memory. Integers only: every machine computes the same shares.
"""

from __future__ import annotations

import hashlib
from math import isqrt
from typing import Literal

import msgspec

from chalicelib.kernel.money import Fen

Split = Literal["lucky", "equal", "fixed", "equal_at_end"]


class Pot(msgspec.Struct, frozen=True, kw_only=True):
    """Money in shares. `min_fen` and `max_fen` bound each share; `seed` (hex) is kept secret until the end."""

    total_fen: Fen
    shares: int
    split: Split
    min_fen: Fen
    max_fen: Fen
    seed: str


def share(pot: Pot, index: int) -> Fen:
    """The amount of share `index`, 0 ≤ index < shares."""
    if pot.split != "lucky":
        each, rest = divmod(pot.total_fen, pot.shares)
        return each + (1 if index < rest else 0)
    first, count, amount = 0, pot.shares, pot.total_fen
    while count > 1:
        left = count // 2
        part = _left_part(pot, first, count, amount)
        if index < first + left:
            count, amount = left, part
        else:
            first, count, amount = first + left, count - left, amount - part
    return amount


def at_end(pot: Pot, people: int, index: int) -> Fen:
    """The part of one of `people` among whom the pot is split when it has ended (瓜分), 0 ≤ index < people.

    Nobody gets more than `max_fen`: what few people cannot take stays with the brand.
    """
    each, rest = divmod(pot.total_fen, people)
    return min(each + (1 if index < rest else 0), pot.max_fen)


def _left_part(pot: Pot, first: int, count: int, amount: Fen) -> Fen:
    left, right = count // 2, count - count // 2
    least = max(left * pot.min_fen, amount - right * pot.max_fen)
    most = min(left * pot.max_fen, amount - right * pot.min_fen)
    spare = amount - count * pot.min_fen
    # As spread as if each share were uniform between its bounds: the sum of `left` of them, given the whole.
    deviation = _noise(pot.seed, first, count) * spare * isqrt((left * right << 32) // count) // (count << 48)
    return min(max(amount * left // count + deviation, least), most)


def _noise(seed: str, first: int, count: int) -> int:
    """The sum of four uniform 32-bit words around 0: nearly normal, ±2³³ at most."""
    digest = hashlib.blake2b(f"{first}:{count}".encode(), key=bytes.fromhex(seed), digest_size=16).digest()
    return sum(int.from_bytes(digest[place : place + 4], "big") for place in (0, 4, 8, 12)) - (2 << 32)
