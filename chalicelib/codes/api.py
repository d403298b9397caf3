"""Routes of codes: what customers open, what members do, what operators run."""

from __future__ import annotations

import csv
import io

from chalice.app import Response

from chalicelib.codes import answers, batches, keys, service
from chalicelib.codes.prizes import Tier
from chalicelib.codes.scan_answers import Asked, as_json, look, serve
from chalicelib.codes.shapes import (
    BatchAnswer,
    ClaimAnswer,
    ClaimPrize,
    CodeStory,
    CsvQuery,
    Empty,
    NewBatch,
    Part,
    ScanBody,
    ScanQuery,
    Shipment,
)
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN, MEMBER, Caller
from chalicelib.runtime.dynamo import Item, decode_cursor, encode_cursor
from chalicelib.runtime.http import SAFE_HEADERS, Api, Listing, Request
from chalicelib.runtime.settings import settings

api = Api(__name__)

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


@api.post("/admin/code-batches", allow=ADMIN, creates="batch", status=201, errors=("not_found", "impossible_pot"))
def create_batch(body: NewBatch, new_id: str, caller: Caller, now: Millis) -> BatchAnswer:
    """Mint codes."""
    batch = batches.mint(
        new_id,
        product_id=body.product_id,
        quantity=body.quantity,
        box_size=body.box_size,
        channel_id=body.channel_id,
        prizes=[Tier(tier.amount_fen, tier.count) for tier in body.prizes],
        active=body.active,
        by=caller.id,
        now=now,
    )
    return _batch(batch)


@api.get("/admin/code-batches/{batch_id}", allow=ADMIN, errors=("not_found",))
def get_batch(batch_id: str) -> BatchAnswer:
    """One batch."""
    return _batch(batches.get_batch(batch_id))


@api.get(
    "/admin/code-batches/{batch_id}/codes",
    allow=ADMIN,
    errors=("not_found", "invalid_cursor"),
    content_type="text/csv",
)
def list_codes(batch_id: str, query: CsvQuery) -> Response:
    """The codes to print, by page: `code,url,gs1_url,seq,box`; `Link: …; rel="next"` leads on."""
    batch = batches.get_batch(batch_id)
    start = _start(query.cursor)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(batches.Line._fields)
    writer.writerows(batches.codes_page(batch, start, query.limit))
    headers: dict[str, str | list[str]] = {"Content-Type": "text/csv; charset=utf-8", **SAFE_HEADERS}
    after = start + query.limit
    if after < batch["quantity"]:
        here = f"{settings().public_url}/admin/code-batches/{batch_id}/codes"
        headers["Link"] = f'<{here}?limit={query.limit}&cursor={encode_cursor(str(after))}>; rel="next"'
    return Response(text.getvalue(), headers)


@api.post("/admin/code-batches/{batch_id}/activate", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def activate_batch(batch_id: str, body: Part, caller: Caller, now: Millis) -> BatchAnswer:
    """Put a batch or a part of it into use."""
    return _batch(batches.activate(batch_id, body.span, by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/ship", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def ship_batch(batch_id: str, body: Shipment, caller: Caller, now: Millis) -> BatchAnswer:
    """Say which channel some codes go to."""
    part = body.from_seq, body.to_seq
    return _batch(batches.ship(batch_id, part, body.channel_id, by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/void", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def void_batch(batch_id: str, body: Part, caller: Caller, now: Millis) -> BatchAnswer:
    """Withdraw a batch or a part of it for ever."""
    return _batch(batches.void(batch_id, body.span, by=caller.id, now=now))


@api.get("/admin/codes/{code}", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def get_code(code: str, query: Listing, now: Millis) -> CodeStory:
    """The story of one code."""
    return answers.story_answer(batches.story(code, query.limit, query.cursor, now))


def _batch(row: Item) -> BatchAnswer:
    return answers.batch_answer(row, keys.prize_key_hash(row["batch_id"]))


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    text = decode_cursor(cursor)
    if not (text.isascii() and text.isdigit()):
        raise SiyuError("invalid_cursor", "Send the cursor of the page before, unchanged.", param="cursor")
    return int(text)
