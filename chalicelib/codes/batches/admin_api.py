"""Routes of batches, for operators."""

from __future__ import annotations

import csv
import io

from chalice.app import Response

from chalicelib.codes.batches import service, views
from chalicelib.codes.batches.schemas import BatchAnswer, CsvQuery, NewBatch
from chalicelib.codes.prizes.rules import Tier
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
    batch = service.mint(
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
    return views.batch_answer(batch)


@api.get("/admin/code-batches", allow=ADMIN, errors=("invalid_cursor",))
def list_batches(query: Listing) -> Listed[BatchAnswer]:
    """All batches, the latest first."""
    rows, cursor = service.list_batches(query.limit, query.cursor)
    return Listed([views.batch_answer(row) for row in rows], cursor)


@api.get("/admin/code-batches/{batch_id}", allow=ADMIN, errors=("not_found",))
def get_batch(batch_id: str) -> BatchAnswer:
    """One batch."""
    return views.batch_answer(service.get_batch(batch_id))


@api.get(
    "/admin/code-batches/{batch_id}/codes",
    allow=ADMIN,
    errors=("not_found", "invalid_cursor"),
    content_type="text/csv",
)
def list_codes(batch_id: str, query: CsvQuery) -> Response:
    """The codes to print, by page: `code,url,gs1_url,seq,box`; `Link: …; rel="next"` leads on."""
    batch = service.get_batch(batch_id)
    start = _start(query.cursor)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(service.Line._fields)
    writer.writerows(service.codes_page(batch, start, query.limit))
    headers: dict[str, str | list[str]] = {"Content-Type": "text/csv; charset=utf-8", **SAFE_HEADERS}
    after = start + query.limit
    if after < batch["quantity"]:
        here = f"{settings().public_url}/admin/code-batches/{batch_id}/codes"
        headers["Link"] = f'<{here}?limit={query.limit}&cursor={encode_cursor(str(after))}>; rel="next"'
    return Response(text.getvalue(), headers)


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    text = decode_cursor(cursor)
    if not (text.isascii() and text.isdigit()):
        raise SiyuError("invalid_cursor", "Send the cursor of the page before, unchanged.", param="cursor")
    return int(text)
