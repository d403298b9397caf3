"""What the route of claims takes and answers."""

from __future__ import annotations

from typing import Literal

from chalicelib.runtime.http import Answer, Body


class Empty(Body):
    """Nothing to say."""


class ClaimPrize(Answer):
    """What was won, and the packet that pays it."""

    amount_fen: int
    packet_id: str


class ClaimAnswer(Answer):
    """A claim that holds."""

    code: str
    owner: Literal["you"]
    prize: ClaimPrize | None
