"""Routes of codes that operators use."""

from __future__ import annotations

import csv
import io

from chalice.app import Response

from chalicelib.codes import answers, batches, life
from chalicelib.codes.parts import part_of
from chalicelib.codes.prizes import Tier
from chalicelib.codes.shapes import BatchAnswer, CodeStory, CsvQuery, NewBatch, OperationAnswer, Part, Shipment
from chalicelib.kernel.clock import Millis, from_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.dynamo import decode_cursor, encode_cursor
from chalicelib.runtime.http import SAFE_HEADERS, Api, Listed, Listing
from chalicelib.runtime.settings import settings

api = Api(__name__)


@api.post("/admin/code-batches", allow=ADMIN, creates="batch", status=201, errors=("not_found", "impossible_pot"))
def create_batch(body: NewBatch, new_id: str, caller: Caller, now: Millis) -> BatchAnswer:
    """Mint codes."""
    until = from_rfc3339(body.claim_until, "claim_until") if body.claim_until is not None else None
    batch = batches.mint(
        new_id,
        product_id=body.product_id,
        quantity=body.quantity,
        box_size=body.box_size,
        channel_id=body.channel_id,
        prizes=[Tier(tier.amount_fen, tier.count) for tier in body.prizes],
        claim_until=until,
        active=body.active,
        by=caller.id,
        now=now,
    )
    return answers.batch_answer(batch)


@api.get("/admin/code-batches", allow=ADMIN, errors=("invalid_cursor",))
def list_batches(query: Listing) -> Listed[BatchAnswer]:
    """All batches, the latest first."""
    page = batches.list_batches(query.limit, query.cursor)
    return Listed([answers.batch_answer(row) for row in page.items], page.cursor)


@api.get("/admin/code-batches/{batch_id}/operations", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_operations(batch_id: str, query: Listing) -> Listed[OperationAnswer]:
    """What operators did to a batch, its boxes and ranges, the latest first."""
    page = life.operations(batch_id, query.limit, query.cursor)
    return Listed([answers.operation_answer(row) for row in page.items], page.cursor)


@api.get("/admin/code-batches/{batch_id}", allow=ADMIN, errors=("not_found",))
def get_batch(batch_id: str) -> BatchAnswer:
    """One batch."""
    return answers.batch_answer(batches.get_batch(batch_id))


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
    return answers.batch_answer(life.activate(batch_id, part_of(batch_id, body), by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/ship", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def ship_batch(batch_id: str, body: Shipment, caller: Caller, now: Millis) -> BatchAnswer:
    """Say which channel some codes go to."""
    part = part_of(batch_id, body) or (0, None)
    return answers.batch_answer(life.ship(batch_id, part, body.channel_id, by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/void", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def void_batch(batch_id: str, body: Part, caller: Caller, now: Millis) -> BatchAnswer:
    """Withdraw a batch or a part of it for ever."""
    return answers.batch_answer(life.void(batch_id, part_of(batch_id, body), by=caller.id, now=now))


@api.get("/admin/codes/{code}", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def get_code(code: str, query: Listing, now: Millis) -> CodeStory:
    """The story of one code."""
    return answers.story_answer(life.story(code, query.limit, query.cursor, now))


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    text = decode_cursor(cursor)
    if not (text.isascii() and text.isdigit()):
        raise SiyuError("invalid_cursor", "Send the cursor of the page before, unchanged.", param="cursor")
    return int(text)
