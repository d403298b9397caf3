"""Money is an integer of fen (分, 1/100 yuan). Rates are basis points (1/100 of a per cent). No floats."""

from __future__ import annotations

from typing import Final

Fen = int
BasisPoints = int

WHOLE: Final[BasisPoints] = 10_000


def share(amount: Fen, rate: BasisPoints) -> Fen:
    """`rate` of `amount`, rounded down: monotone in the amount, so a refund never gives a payee money."""
    return amount * rate // WHOLE


def yuan(amount: Fen) -> str:
    """`-123` → `"-1.23"`, for people's eyes only."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"
