"""Prizes in codes: exact counts per tier by a keyed permutation, nothing stored per code.

rank = permutation(sequence) over [0, N); the first ranks win the first tier's amount, and so on. Who has the
key, revealed after the claim deadline, can recount every prize.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.ids import derived_id

PRIZE_SOURCE: Final = "code_prize"
"""Source of the payouts for prizes in codes; the source's id is the packet's."""


def packet_id(code: str) -> str:
    """The one packet that a code's prize can be."""
    return derived_id("packet", "code", code)


_ROUNDS: Final = 6


class Tier(NamedTuple):
    """So many codes win so much."""

    amount_fen: int
    winners: int


def are_open(header: Mapping[str, Any], now: Millis) -> bool:
    """Whether a claim at this moment may win: the batch has prizes, and its claim deadline, if any, is not over."""
    until = header.get("claim_until")
    return bool(header["prizes"]) and (until is None or now < until)


def amount_of(sequence: int, quantity: int, tiers: Sequence[Tier], key: bytes) -> int:
    """What the code with this sequence wins, in fen; 0 for nothing."""
    if not tiers:
        return 0
    place = rank(sequence, quantity, key)
    for tier in tiers:
        if place < tier.winners:
            return tier.amount_fen
        place -= tier.winners
    return 0


def rank(sequence: int, quantity: int, key: bytes) -> int:
    """A keyed permutation of [0, quantity): a Feistel network over the next even number of bits.

    A result outside is permuted again until it falls inside (cycle walking), which keeps it one-to-one; the
    domain is at most four times too large, so that takes four steps on average at worst.
    """
    half = max(1, ((quantity - 1).bit_length() + 1) // 2)
    place = _feistel(sequence, half, key)
    while place >= quantity:
        place = _feistel(place, half, key)
    return place


def _feistel(value: int, half: int, key: bytes) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for turn in range(_ROUNDS):
        digest = hmac.digest(key, bytes((turn, half)) + right.to_bytes(4, "big"), hashlib.sha256)
        left, right = right, left ^ (int.from_bytes(digest[:4], "big") & mask)
    return left << half | right
