"""Routes of tags and segments, for operators."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from chalicelib.kernel.clock import Millis, to_rfc3339, to_rfc3339_or_none
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api, Body, Listed, Listing
from chalicelib.segments import service

api = Api(__name__)


Name = Annotated[str, Meta(min_length=1, max_length=100)]


class NewTag(Body):
    """A label; `group` keeps related ones together."""

    name: Name
    group: Name | None = None


class Tag(Answer):
    """A label."""

    tag_id: str
    name: str
    group: str | None
    created_at: str


class NewSegment(Body):
    """An audience. `rule`: {"all"|"any": [rule, …]}, {"not": rule}, {"tag": id} or {"attribute", "op", "value"}."""

    name: Name
    rule: dict[str, Any]


class Segment(Answer):
    """An audience."""

    segment_id: str
    name: str
    rule: dict[str, Any]
    version: int
    created_at: str


class SegmentPreview(Answer):
    """How many members the segment has and some of them. `state` is `building` while a newer count is on its way."""

    count: int
    sample: list[str]
    state: str
    as_of: str | None


@api.post("/admin/tags", allow=ADMIN, creates="tag", status=201)
def create_tag(body: NewTag, new_id: str, now: Millis) -> Tag:
    """Add a tag."""
    return _tag(service.create_tag(new_id, name=body.name, group=body.group, now=now))


@api.get("/admin/tags", allow=ADMIN, errors=("invalid_cursor",))
def list_tags(query: Listing) -> Listed[Tag]:
    """List tags."""
    rows, cursor = service.list_tags(query.limit, query.cursor)
    return Listed([_tag(row) for row in rows], cursor)


@api.post("/admin/segments", allow=ADMIN, creates="segment", status=201, errors=("not_found",))
def create_segment(body: NewSegment, new_id: str, now: Millis) -> Segment:
    """Add a segment; its members are counted in the background."""
    return _segment(service.create_segment(new_id, name=body.name, rule=body.rule, now=now))


@api.get("/admin/segments", allow=ADMIN, errors=("invalid_cursor",))
def list_segments(query: Listing) -> Listed[Segment]:
    """List segments."""
    rows, cursor = service.list_segments(query.limit, query.cursor)
    return Listed([_segment(row) for row in rows], cursor)


@api.get("/admin/segments/{segment_id}/preview", allow=ADMIN, errors=("not_found",))
def preview_segment(segment_id: str, now: Millis) -> SegmentPreview:
    """How many members a push to this segment would be for."""
    found = service.preview(segment_id, now)
    as_of = to_rfc3339_or_none(found.as_of)
    return SegmentPreview(found.found, found.sample, "ready" if found.current else "building", as_of)


def _tag(row: Item) -> Tag:
    return Tag(row["sk"], row["name"], row["group"], to_rfc3339(row["created_at"]))


def _segment(row: Item) -> Segment:
    return Segment(row["sk"], row["name"], row["rule"], row["version"], to_rfc3339(row["created_at"]))
