"""Routes of pushes, for operators."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis, from_rfc3339, to_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.pushes import service
from chalicelib.pushes.rules import Medium, Purpose
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api, Body

api = Api(__name__)


class Content(Body):
    """What a message says. `page`: where it leads in the mini program. Media with less room cut title and text."""

    title: Annotated[str, Meta(min_length=1, max_length=60)]
    text: Annotated[str, Meta(min_length=1, max_length=600)]
    page: Annotated[str, Meta(max_length=200, pattern=r"^(/?[0-9A-Za-z_\-/]+(\?[^#]*)?)?$")] | None = None


class NewPush(Body):
    """A message to a segment. `media` in order of preference; `send_at` null or past: now."""

    segment_id: str
    media: Annotated[list[Medium], Meta(min_length=1, max_length=5)]
    purpose: Purpose
    content: Content
    send_at: str | None = None
    dedupe_key: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    ignore_quiet_hours: bool = False


class Push(Answer):
    """A push and what became of its recipients; the counts are explained in `service.Counts`."""

    push_id: str
    state: str
    segment_id: str
    media: list[str]
    purpose: str
    content: dict[str, Any]
    send_at: str
    ignore_quiet_hours: bool
    created_at: str
    audience: int
    created: int
    sent: int
    confirmed: int
    delivered: int
    opened: int
    unknown: int
    skipped: dict[str, int]
    failed: dict[str, int]


@api.post(
    "/admin/pushes",
    allow=ADMIN,
    creates="push",
    status=201,
    errors=("not_found", "refused", "idempotency_conflict", "invalid_parameter"),
)
def create_push(body: NewPush, new_id: str, now: Millis) -> Push:
    """Send a message to a segment, now or at a time. The same `dedupe_key` is the same push."""
    if len(set(body.media)) != len(body.media):
        raise SiyuError("invalid_parameter", "Name each medium once.", param="media")
    push_id = ids.derived_id("push", body.dedupe_key) if body.dedupe_key else new_id
    asked = {
        "media": list(body.media),
        "purpose": body.purpose,
        "content": msgspec.to_builtins(body.content),
        "ignore_quiet_hours": body.ignore_quiet_hours,
    }
    send_at = from_rfc3339(body.send_at, "send_at") if body.send_at else None
    return _push(service.create_push(push_id, segment_id=body.segment_id, asked=asked, send_at=send_at, now=now))


@api.get("/admin/pushes/{push_id}", allow=ADMIN, errors=("not_found",))
def get_push(push_id: str) -> Push:
    """A push and what became of its recipients so far."""
    return _push(service.get_push(push_id))


@api.post("/admin/pushes/{push_id}/pause", allow=ADMIN, errors=("not_found", "conflict"))
def pause_push(push_id: str) -> Push:
    """Stop a push for now."""
    return _push(service.pause(push_id))


@api.post("/admin/pushes/{push_id}/resume", allow=ADMIN, errors=("not_found", "conflict"))
def resume_push(push_id: str, now: Millis) -> Push:
    """Go on with a paused push."""
    return _push(service.resume(push_id, now))


@api.post("/admin/pushes/{push_id}/cancel", allow=ADMIN, errors=("not_found", "conflict"))
def cancel_push(push_id: str) -> Push:
    """End a push: nobody else gets it."""
    return _push(service.cancel(push_id))


def _push(row: Item) -> Push:
    push_id = row["pk"].removeprefix("PUSH#")
    return Push(
        push_id=push_id,
        state=row["state"],
        segment_id=row["segment_id"],
        media=row["media"],
        purpose=row["purpose"],
        content=row["content"],
        send_at=to_rfc3339(row["starts_at"]),
        ignore_quiet_hours=row["ignore_quiet_hours"],
        created_at=to_rfc3339(row["created_at"]),
        **service.counts_of(push_id)._asdict(),
    )
