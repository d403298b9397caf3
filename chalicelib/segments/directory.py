"""The directory: what rules ask of every member, and the walk over it that every audience comes from."""

from __future__ import annotations

from typing import Final, NamedTuple

from chalicelib.guides.bindings import service as guides
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.segments import rules, tables

ROWS_PER_QUERY: Final = 2_000
QUERIES_PER_PAGE: Final = 80
ROWS_PER_PAGE: Final = 20_000
"""The two bound one page to a few seconds: a small directory (64 partitions) is walked in one page, a large one
in steps of 20,000 rows.
"""
FIRST: Final = "00:"
"""Cursor of a walk's start. A cursor is `<partition>:<last member id seen there>`."""


class Found(NamedTuple):
    """A page of an audience; `cursor` is None when the walk is over. A page may be empty and not the last."""

    member_ids: list[str]
    cursor: str | None


def refresh(member_id: str, now: Millis) -> None:
    """Write the member's facts of this moment into the directory, whatever event came, in whatever order.

    The facts are read strongly after the entry's version, so a late delivery cannot put old ones back.
    """
    while True:
        seen = tables.get_entry(member_id)
        version = seen.get("v", 0)
        facts = _facts_of(member_id, now)
        if facts is None:
            if _leave(member_id, seen):
                return
        elif _same(seen, facts) or tables.write_facts(member_id, version, facts):
            return


def page(rule: rules.Rule, cursor: str, limit: int) -> Found:
    """At most `limit` members that match, from `cursor` on. Costs the rows walked: 0.5 RRU per 4 KB, some 20 rows."""
    shard, _, after = cursor.partition(":")
    place, walked, found = int(shard), 0, list[str]()
    for _ in range(QUERIES_PER_PAGE):
        rows, more = tables.walk(place, after, ROWS_PER_QUERY)
        walked += len(rows)
        for row in rows:
            after = row["sk"]
            if "j" in row and rules.matches(rule, facts_in(row)):
                found.append(after)
            if len(found) == limit:
                return Found(found, f"{place:02d}:{after}")
        if more is None:
            place, after = place + 1, ""
        if place == tables.SHARDS:
            return Found(found, None)
        if walked >= ROWS_PER_PAGE:
            break
    return Found(found, f"{place:02d}:{after}")


def facts_in(entry: Item) -> rules.Facts:
    """An entry under the names that rules use."""
    known = {name: entry[short] for name, short in tables.SHORT.items() if short in entry}
    return {**known, "tags": entry.get("t", frozenset())}


def _facts_of(member_id: str, now: Millis) -> Item | None:
    """What is true of the member now; None for one who was erased or merged into another."""
    try:
        profile = members.current(member_id, strong=True)
    except SiyuError as error:
        if error.code == "not_found":
            return None
        raise
    if _id_of(profile) != member_id:
        return None
    binding = guides.binding_as_of(members.person_of(profile), now)
    return {
        "channel_id": profile["channel_id"],
        "origin": profile["origin"],
        "joined_at": profile["created_at"],
        "guide_id": binding.guide_id if binding else None,
        "store_id": binding.store_id if binding else None,
    }


def _leave(member_id: str, seen: Item) -> bool:
    """Take a member out. One who was merged leaves the tags to the member that stands for both."""
    tags = set(seen.get("t", ()))
    if "j" not in seen and not tags:
        return True
    survivor = _survivor(member_id)
    if survivor and tags:
        tables.add_tags(survivor, tags)
    return tables.forget_facts(member_id, seen.get("v", 0), tags)


def _survivor(member_id: str) -> str | None:
    try:
        return _id_of(members.current(member_id, strong=True))
    except SiyuError:
        return None


def _same(seen: Item, facts: Item) -> bool:
    return "v" in seen and all(seen.get(short) == facts.get(name) for name, short in tables.SHORT.items())


def _id_of(profile: Item) -> str:
    return str(profile["pk"]).removeprefix("MBR#")
