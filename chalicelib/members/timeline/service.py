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
    found = _newest(profile, limit, decode_cursor(cursor) if cursor else "")
    return found[:limit], encode_cursor(found[limit - 1]["sk"]) if len(found) > limit else None


def newest_of_timeline(profile: Item, most: int) -> list[Item]:
    """The newest things that a member did: at most so many, and never none, for everybody came once."""
    return _newest(profile, most, "")[:most]


def _newest(profile: Item, most: int, before: str) -> list[Item]:
    """Newest first: `most` rows before that `sk` and, when there are any, some more."""
    profiles = [profile, *alias_rows(profile)]
    entries = (row for one in profiles for row in tables.newest_entries(member_id_of(one), most, before))
    rows = {row["sk"]: row for row in entries}
    rows |= {birth["sk"]: birth for birth in map(_birth, profiles) if not before or birth["sk"] < before}
    return sorted(rows.values(), key=lambda row: str(row["sk"]), reverse=True)


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
