"""The writes and reads of tags, segments, counts and the directory of members.

The directory has one small row per member, spread over 64 partitions, so that an import of members meets no hot
partition and a walk reads nothing but what the rules need.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page
from chalicelib.segments.models import Count, Entry, Segment, Tag

SHARDS: Final = 64


MOST_TAGS: Final = 100


SHORT: Final = {"channel_id": "c", "guide_id": "g", "store_id": "s", "origin": "o", "joined_at": "j"}
"""Attribute of a rule → attribute of an entry; tags are `t`."""


def directory_key(shard: int) -> str:
    """pk of one of the directory's partitions."""
    return f"DIR#{shard:02d}"


def shard_of(member_id: str) -> int:
    """The partition that a member's entry is in."""
    return hashlib.sha256(member_id.encode()).digest()[0] % SHARDS


def create(model: type[dynamo.Row], partition: str, identifier: str, fields: Item) -> Item:
    """A new row, or the one that an earlier try with the same id wrote."""
    item = {"pk": partition, "sk": identifier, **fields}
    outcome = dynamo.put_once(model, item)
    return item if outcome.done else outcome.item


def get_tag(tag_id: str) -> Item | None:
    """A tag."""
    return dynamo.get(Tag, "TAGS", tag_id)


def tags_by_id(tag_ids: Iterable[str]) -> dict[str, Item]:
    """Tags by id: 0.5 RRU each, a hundred a call."""
    return {sk: row for (_, sk), row in dynamo.batch_get(Tag, [("TAGS", tag_id) for tag_id in tag_ids]).items()}


def list_page(partition: str, limit: int, cursor: str | None) -> Page:
    """A page of `TAGS` or `SEGMENTS`, oldest first."""
    return dynamo.page(Tag, partition, limit=limit, cursor=cursor)


def get_segment(segment_id: str) -> Item | None:
    """A segment."""
    return dynamo.get(Segment, "SEGMENTS", segment_id)


def ask_for_count(segment_id: str, seen: int, now: Millis) -> None:
    """Ask for one more count. Settles several previews at once: those that saw the same number ask for one."""
    dynamo.update(
        Segment,
        "SEGMENTS",
        segment_id,
        "SET counting = :next, asked_at = :now",
        condition="counting = :seen",
        values={":next": seen + 1, ":seen": seen, ":now": now},
        returns="NONE",
    )


def count_key(segment_id: str) -> str:
    """pk of a segment's counts."""
    return f"COUNT#{segment_id}"


def start_count(segment_id: str, number: int, version: int, cursor: str, now: Millis) -> Item:
    """The row of a count, made by the first delivery that comes to it."""
    fields = {"version": version, "cursor": cursor, "found": 0, "sample": [], "done": False, "at": now}
    return create(Count, count_key(segment_id), f"{number:08d}", {**fields, "expires": now // 1000 + 30 * 86_400})


def advance_count(
    segment_id: str, number: int, seen: str, cursor: str | None, found: int, sample: list[str], now: Millis
) -> Outcome:
    """Add one step of the walk. Settles two workers on the same step: only one moves the cursor, and so counts it."""
    return dynamo.update(
        Count,
        count_key(segment_id),
        f"{number:08d}",
        "SET #cursor = :next, #sample = :sample, done = :done, #at = :now ADD #found :found",
        condition="#cursor = :seen",
        names={"#cursor": "cursor", "#sample": "sample", "#at": "at", "#found": "found"},
        values={
            ":seen": seen,
            ":next": cursor,
            ":done": cursor is None,
            ":found": found,
            ":sample": sample,
            ":now": now,
        },
        returns="ALL_NEW",
    )


def latest_counts(segment_id: str) -> list[Item]:
    """The last two counts, newest first: at most one of them is still under way."""
    return dynamo.first(Count, count_key(segment_id), 2, forward=False)


def get_entry(member_id: str) -> Item:
    """A member's entry as it stands (strong), `{}` when there is none."""
    return dynamo.get(Entry, directory_key(shard_of(member_id)), member_id, strong=True) or {}


def write_facts(member_id: str, seen: int, facts: Item) -> bool:
    """Write what is known of a member now. False when another delivery wrote since `seen` was read.

    Settles events out of order: a worker reads v, then the facts, then writes; who comes second with an older v
    reads both again, so facts never go back. A write that boto3 sent twice looks the same and is read again too.
    """
    known = {SHORT[name]: value for name, value in facts.items() if value is not None}
    gone = [short for short in SHORT.values() if short not in known]
    sets = ", ".join(f"{short} = :{short}" for short in known)
    outcome = dynamo.update(
        Entry,
        directory_key(shard_of(member_id)),
        member_id,
        f"SET v = :next{', ' if sets else ''}{sets}" + (f" REMOVE {', '.join(gone)}" if gone else ""),
        condition="v = :seen OR (attribute_not_exists(v) AND :seen = :none)",
        values={
            ":next": seen + 1,
            ":seen": seen,
            ":none": 0,
            **{f":{short}": value for short, value in known.items()},
        },
        returns="NONE",
    )
    return outcome.done


def forget_facts(member_id: str, seen: int, tags: set[str]) -> bool:
    """Empty the entry of who was merged or erased; False as in `write_facts`. The row stays, so that v goes on.

    Only the tags that were seen (and moved) go: one that is put on at this moment waits for the next delivery.
    """
    outcome = dynamo.update(
        Entry,
        directory_key(shard_of(member_id)),
        member_id,
        "SET v = :next REMOVE c, g, s, o, j" + (" DELETE t :tags" if tags else ""),
        condition="v = :seen OR (attribute_not_exists(v) AND :seen = :none)",
        values={":next": seen + 1, ":seen": seen, ":none": 0, **({":tags": tags} if tags else {})},
        returns="NONE",
    )
    return outcome.done


def add_tags(member_id: str, tags: set[str]) -> Outcome:
    """Put tags on a member; not done when there would be too many. A set: repeating it changes nothing."""
    return dynamo.update(
        Entry,
        directory_key(shard_of(member_id)),
        member_id,
        "ADD t :tags",
        condition="attribute_not_exists(t) OR size(t) <= :room",
        values={":tags": tags, ":room": MOST_TAGS - len(tags)},
        returns="ALL_NEW",
    )


def walk(shard: int, after: str, limit: int) -> Page:
    """Entries of one partition behind the member id `after` (`""`: from its start)."""
    cursor = dynamo.encode_cursor(after) if after else None
    return dynamo.page(Entry, directory_key(shard), limit=limit, cursor=cursor)
