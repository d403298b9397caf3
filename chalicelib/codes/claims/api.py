"""The route by which members claim."""

from __future__ import annotations

from chalicelib.codes.claims import service
from chalicelib.codes.claims.schemas import ClaimAnswer, ClaimPrize, Empty
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api

api = Api(__name__)


@api.post(
    "/me/codes/{code}/claim",
    allow=MEMBER,
    errors=("not_found", "claimed_by_another", "code_inactive", "code_void"),
)
def claim_code(code: str, body: Empty, caller: Caller, now: Millis) -> ClaimAnswer:  # noqa: ARG001 - checked empty
    """Make the item yours and get what is in its code."""
    claim = service.claim(code, caller.id, now, visit_id=ids.new_id("visit", now), openid=caller.openid)
    prize = ClaimPrize(claim.prize_fen, claim.packet_id) if claim.packet_id else None
    return ClaimAnswer(claim.code, "you", prize)
