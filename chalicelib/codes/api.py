"""Routes of codes: what customers open and what members do. Operators' stand in `admin_api`."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.codes import admin_api as admin_api
from chalicelib.codes import service
from chalicelib.codes.routes import api
from chalicelib.codes.scan_answers import Asked, as_json, look, serve
from chalicelib.codes.shapes import ClaimAnswer, ClaimPrize, Empty, ScanBody, ScanQuery
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Request

HTML = "text/html"


@api.get("/c/{code}", content_type=HTML)
def open_code(code: str, query: ScanQuery, request: Request, now: Millis) -> Response:
    """Is it genuine: the page for browsers, JSON for `Accept: application/json`."""
    return serve(Asked(code), query, request, now)


@api.get("/01/{gtin}/21/{serial}", content_type=HTML)
def open_digital_link(gtin: str, serial: str, query: ScanQuery, request: Request, now: Millis) -> Response:
    """The same by the item's GS1 Digital Link."""
    return serve(Asked(serial, gtin), query, request, now)


@api.get("/01/{gtin}/22/{variant}/21/{serial}", content_type=HTML)
def open_variant_link(
    gtin: str,
    variant: str,  # noqa: ARG001 - the code decides
    serial: str,
    query: ScanQuery,
    request: Request,
    now: Millis,
) -> Response:
    """The same with a consumer product variant."""
    return serve(Asked(serial, gtin), query, request, now)


@api.get("/01/{gtin}/10/{lot}/21/{serial}", content_type=HTML)
def open_lot_link(
    gtin: str,
    lot: str,  # noqa: ARG001 - the code decides
    serial: str,
    query: ScanQuery,
    request: Request,
    now: Millis,
) -> Response:
    """The same with a lot."""
    return serve(Asked(serial, gtin), query, request, now)


@api.typed_route("HEAD", "/c/{code}", content_type=HTML)
def look_at_code(code: str, now: Millis) -> Response:
    """Whether the code exists; not counted."""
    return look(Asked(code), now)


@api.typed_route("HEAD", "/01/{gtin}/21/{serial}", content_type=HTML)
def look_at_digital_link(gtin: str, serial: str, now: Millis) -> Response:
    """The same by the item's GS1 Digital Link."""
    return look(Asked(serial, gtin), now)


@api.post("/scans", allow=MEMBER)
def scan_as_member(body: ScanBody, caller: Caller, now: Millis) -> Response:
    """Scan inside the mini program: the member is known at once. An unknown code is 404 in the same shape."""
    visit = service.Visit(body.visit_id or ids.new_id("visit", now), body.device_id, body.city, caller.id)
    return as_json(service.scan(body.code, visit, now), now)


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
