"""Use cases of tags and segments."""

from __future__ import annotations

from typing import Final, NamedTuple

from chalicelib.guides.rosters import service as guides
from chalicelib.kernel.clock import MINUTE, SECOND, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.settings import settings
from chalicelib.segments import directory, models, rules, tables
from chalicelib.segments.directory import Found as Found
from chalicelib.segments.directory import refresh as refresh

STEP: Final = 20_000
"""Members that one step of a count may find; a step is written down before the next begins."""
STEPS_PER_EVENT: Final = 5
SAMPLE: Final = 10
PATIENCE: Final = 10 * MINUTE
"""A count that has not ended by then is given up for a new one."""


class Preview(NamedTuple):
    """How many members a segment has, and some of them, as of a moment. `current`: nothing newer is being counted."""

    found: int
    sample: list[str]
    as_of: Millis | None
    current: bool


def create_tag(tag_id: str, *, name: str, group: str | None, now: Millis) -> Item:
    """A new tag."""
    return tables.create(models.Tag, "TAGS", tag_id, {"name": name, "group": group, "created_at": now})


def list_tags(limit: int, cursor: str | None) -> Page:
    """A page of tags, oldest first."""
    return tables.list_page("TAGS", limit, cursor)


def tag_member(member_id: str, tag_id: str, *, guide_id: str | None, now: Millis) -> tuple[str, set[str]]:
    """Put a tag on a member: the current member id and all its tags. `guide_id` must serve the member, None may any.

    404 for an unknown tag and for somebody else's member, 422 when the member bears too many tags.
    """
    if tables.get_tag(tag_id) is None:
        raise not_found("tag", tag_id)
    profile = guides.member_of_guide(guide_id, member_id, now)[0] if guide_id else members.current(member_id)
    member_id = str(profile["pk"]).removeprefix("MBR#")
    outcome = tables.add_tags(member_id, {tag_id})
    if not outcome.done and tag_id not in outcome.item["t"]:
        raise SiyuError("refused", f"A member can have at most {tables.MOST_TAGS} tags.", param="tag_id")
    return member_id, set(outcome.item["t"])


def create_segment(segment_id: str, *, name: str, rule: rules.Rule, now: Millis) -> Item:
    """A new segment, whose first count begins by itself. 400 for a rule that is none, 404 for an unknown tag in it."""
    rule = rules.checked(rule)
    named = sorted(rules.tags_in(rule))
    known = tables.tags_by_id(named)
    for tag_id in named:
        if tag_id not in known:
            raise not_found("tag", tag_id)
    fields = {"name": name, "rule": rule, "version": 1, "counting": 1, "asked_at": now, "created_at": now}
    return tables.create(models.Segment, "SEGMENTS", segment_id, fields)


def get_segment(segment_id: str) -> Item:
    """A segment; 404 when there is none."""
    segment = tables.get_segment(segment_id)
    if segment is None:
        raise not_found("segment", segment_id)
    return segment


def list_segments(limit: int, cursor: str | None) -> Page:
    """A page of segments, oldest first."""
    return tables.list_page("SEGMENTS", limit, cursor)


def preview(segment_id: str, now: Millis) -> Preview:
    """The last count that ended. One that is older than the cache time makes a new one begin in the background.

    Counting walks the directory exactly as a push does (`members_page`), so what is counted is what is sent to.
    """
    segment = get_segment(segment_id)
    counts = tables.latest_counts(segment_id)
    ended = next((row for row in counts if row["done"]), None)
    under_way = ended is None or int(ended["sk"]) < segment["counting"]
    fresh = ended is not None and now - ended["at"] <= max(1, settings().cache_seconds) * SECOND
    if now - segment["asked_at"] > PATIENCE if under_way else not fresh:
        tables.ask_for_count(segment_id, segment["counting"], now)
    shown = ended or (counts[0] if counts else {"found": 0, "sample": [], "at": None})
    return Preview(shown["found"], shown["sample"], shown["at"], fresh and not under_way)


def count_members(segment_id: str, number: int, now: Millis) -> bool:
    """Go on with a count for a bounded number of steps; False when there is more to do.

    Every step is written down with the cursor it came from, so it is resumed after a crash and never counted twice.
    """
    segment = get_segment(segment_id)
    row = tables.start_count(segment_id, number, segment["version"], directory.FIRST, now)
    for _ in range(STEPS_PER_EVENT):
        if row["done"]:
            return True
        found = directory.page(segment["rule"], row["cursor"], STEP)
        sample = [*row["sample"], *found.member_ids][:SAMPLE]
        row = tables.advance_count(
            segment_id, number, row["cursor"], found.cursor, len(found.member_ids), sample, now
        ).item
    return bool(row["done"])


def freeze(segment_id: str) -> int:
    """The version of the rule that a push keeps to, whatever becomes of the segment later; 404 for none."""
    return int(get_segment(segment_id)["version"])


def members_page(segment_id: str, version: int, cursor: str | None, limit: int) -> Found:
    """At most `limit` members of a segment as of a version, from `cursor` (None: the start) on."""
    segment = get_segment(segment_id)
    if segment["version"] != version:
        raise not_found("segment version", f"{segment_id} {version}")
    return directory.page(segment["rule"], cursor or directory.FIRST, limit)
