"""Routes of the life of codes, for operators."""

from __future__ import annotations

from chalicelib.codes.batches import views as batch_views
from chalicelib.codes.batches.parts import part_of
from chalicelib.codes.batches.schemas import BatchAnswer, Part
from chalicelib.codes.lifecycle import service, views
from chalicelib.codes.lifecycle.schemas import CodeStory, OperationAnswer, Shipment
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


@api.get("/admin/code-batches/{batch_id}/operations", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_operations(batch_id: str, query: Listing) -> Listed[OperationAnswer]:
    """What operators did to a batch, its boxes and ranges, the latest first."""
    rows, cursor = service.operations(batch_id, query.limit, query.cursor)
    return Listed([views.operation_answer(row) for row in rows], cursor)


@api.post("/admin/code-batches/{batch_id}/activate", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def activate_batch(batch_id: str, body: Part, caller: Caller, now: Millis) -> BatchAnswer:
    """Put a batch or a part of it into use."""
    return batch_views.batch_answer(service.activate(batch_id, part_of(batch_id, body), by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/ship", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def ship_batch(batch_id: str, body: Shipment, caller: Caller, now: Millis) -> BatchAnswer:
    """Say which channel some codes go to."""
    part = part_of(batch_id, body) or (0, None)
    return batch_views.batch_answer(service.ship(batch_id, part, body.channel_id, by=caller.id, now=now))


@api.post("/admin/code-batches/{batch_id}/void", allow=ADMIN, errors=("not_found", "conflict", "invalid_parameter"))
def void_batch(batch_id: str, body: Part, caller: Caller, now: Millis) -> BatchAnswer:
    """Withdraw a batch or a part of it for ever."""
    return batch_views.batch_answer(service.void(batch_id, part_of(batch_id, body), by=caller.id, now=now))


@api.get("/admin/codes/{code}", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def get_code(code: str, query: Listing, now: Millis) -> CodeStory:
    """The story of one code."""
    return views.story_answer(service.story(code, query.limit, query.cursor, now))
