"""The route by which money that came back is offered again."""

from __future__ import annotations

import secrets
from typing import Annotated

from msgspec import Meta

from chalicelib.campaigns.pot import generations
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Answer, Api, Body

api = Api(__name__)


class NewGeneration(Body):
    """How all the money that came back is split. `generation` names the one to make, so that asking twice is safe."""

    shares: Annotated[int, Meta(ge=1, le=1_000_000)]
    min_fen: Annotated[int, Meta(ge=1)] | None = None
    generation: Annotated[int, Meta(ge=2)] | None = None


class Generation(Answer):
    """The pot that is offered now. `generation` 1 is the funded one."""

    campaign_id: str
    generation: int
    total_fen: int
    shares: int
    min_fen: int
    max_fen: int


@api.post(
    "/admin/campaigns/{campaign_id}/generations",
    allow=ADMIN,
    status=201,
    errors=("not_found", "conflict", "impossible_pot", "refused"),
)
def offer_again(campaign_id: str, body: NewGeneration, now: Millis) -> Generation:
    """Offer what expired, failed or was rejected as a new pot, once everything offered before is drawn."""
    made = generations.offer_again(
        campaign_id,
        shares=body.shares,
        min_fen=body.min_fen,
        generation=body.generation,
        seed=secrets.token_bytes(16),
        now=now,
    )
    pot = made.spec.pot
    return Generation(campaign_id, made.generation, pot.total_fen, pot.shares, pot.min_fen, pot.max_fen)
