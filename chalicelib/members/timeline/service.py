"""What a person did, newest first, over all the profiles that lead to theirs."""

from __future__ import annotations

from chalicelib.members.identity.merge import alias_rows
from chalicelib.members.tables import member_id_of
from chalicelib.members.timeline import tables
from chalicelib.runtime.dynamo import Item, Page, decode_cursor, encode_cursor


def timeline(profile: Item, limit: int, cursor: str | None) -> Page:
    """What a member did, newest first; how each of their profiles came is kept by the profile itself.

    One page costs a page of each profile, at most nine. Keys sort by time alone, so one cursor serves all of them.
    """
    profiles = [profile, *alias_rows(profile)]
    rows: dict[str, Item] = {}
    for one in profiles:
        page = tables.entries(member_id_of(one), limit, cursor)
        rows |= {row["sk"]: row for row in page.items}
    before = decode_cursor(cursor) if cursor else "U"
    rows |= {birth["sk"]: birth for birth in map(_birth, profiles) if birth["sk"] < before}
    newest = sorted(rows.values(), key=lambda row: str(row["sk"]), reverse=True)
    return Page(newest[:limit], encode_cursor(newest[limit - 1]["sk"]) if len(newest) > limit else None)


def _birth(profile: Item) -> Item:
    """How a profile came, as a row that stands behind everything else of that moment."""
    facts = {"channel_id": profile["channel_id"], "origin": profile["origin"]}
    sk = f"T#{profile['created_at']:015d}# {member_id_of(profile)}"
    return {
        "sk": sk,
        "kind": "joined",
        "key": profile.get("origin_key", ""),
        "at": profile["created_at"],
        "facts": facts,
    }
