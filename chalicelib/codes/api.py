"""Routes of codes: what members do. Customers' stand in `public_api`, operators' in `admin_api` and `signals_api`."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.codes import service
from chalicelib.codes.scan_answers import as_json, guarded
from chalicelib.codes.shapes import ClaimAnswer, ClaimPrize, Empty, ScanBody
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api

api = Api(__name__)


@api.post("/scans", allow=MEMBER, errors=("too_many_requests",))
def scan_as_member(body: ScanBody, caller: Caller, now: Millis) -> Response:
    """Scan inside the mini program: the member is known at once. An unknown code is 404 in the same shape."""
    visit = service.Visit(body.visit_id or ids.new_id("visit", now), body.device_id, body.city, caller.id)
    return as_json(guarded(body.device_id or caller.id, now, lambda: service.scan(body.code, visit, now)), now)


@api.post(
    "/me/codes/{code}/claim",
    allow=MEMBER,
    errors=("not_found", "claimed_by_another", "code_inactive", "code_void"),
)
def claim_code(code: str, body: Empty, caller: Caller, now: Millis) -> ClaimAnswer:  # noqa: ARG001 - checked empty
    """Make the item yours and get what is in its code."""
    claim = service.claim(code, caller.id, now, visit_id=ids.new_id("visit", now))
    prize = ClaimPrize(claim.prize_fen, claim.packet_id) if claim.packet_id else None
    return ClaimAnswer(claim.code, "you", prize)
