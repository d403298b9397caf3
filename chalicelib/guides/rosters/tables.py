"""The writes and reads of rosters: what bindings and contacts say may come twice and in any order."""

from __future__ import annotations

import zlib
from typing import Final

from chalicelib.guides.models import RosterRow
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page, decode_cursor, encode_cursor

SHARDS: Final = 4
"""Of a guide's roster: a house guide's 50,000 members come at several thousand a second, a shard takes 1,000."""


def put_bound(guide_id: str, member_id: str, bound: bool, seen: int, at: Millis) -> None:
    """What bindings say of a guide's list. Settles deliveries out of order: who had `seen` most stands."""
    dynamo.update(
        RosterRow,
        _roster(guide_id, _shard_of(member_id)),
        member_id,
        "SET bound = :bound, seen = :seen, bat = :at",
        condition="attribute_not_exists(seen) OR seen < :seen",
        values={":bound": bound, ":seen": seen, ":at": at},
    )


def put_followed(guide_id: str, member_id: str, contact: str, followed: bool, at: int) -> None:
    """What a contact says of a guide's list; the latest second stands, the contact's own row has settled ties."""
    dynamo.update(
        RosterRow,
        _roster(guide_id, _shard_of(member_id)),
        member_id,
        "SET followed = :followed, fct = :at, c = :contact",
        condition="attribute_not_exists(fct) OR fct <= :at",
        values={":followed": followed, ":at": at, ":contact": contact},
    )


def roster_key(guide_id: str, member_id: str) -> tuple[str, str]:
    """pk and sk of a member in a guide's list."""
    return _roster(guide_id, _shard_of(member_id)), member_id


def roster_row(guide_id: str, member_id: str) -> Item | None:
    """A member in a guide's list: 1 RRU."""
    return dynamo.get(RosterRow, _roster(guide_id, _shard_of(member_id)), member_id, strong=True)


def roster_page(guide_id: str, limit: int, cursor: str | None) -> Page:
    """Members that are bound to the guide or followed, shard after shard; at most `limit`, perhaps fewer."""
    shard, inner = _read_cursor(cursor)
    found: list[Item] = []
    while shard < SHARDS and len(found) < limit:
        rows, inner = dynamo.page(RosterRow, _roster(guide_id, shard), limit=limit - len(found), cursor=inner)
        found.extend(row for row in rows if row.get("bound") or row.get("followed"))
        shard = shard if inner else shard + 1
    return found, encode_cursor(f"{shard}|{inner or ''}") if shard < SHARDS else None


def _roster(guide_id: str, shard: int) -> str:
    return f"ROSTER#{guide_id}#{shard}"


def _shard_of(member_id: str) -> int:
    return zlib.crc32(member_id.encode()) % SHARDS


def _read_cursor(cursor: str | None) -> tuple[int, str | None]:
    if not cursor:
        return 0, None
    shard, _, inner = decode_cursor(cursor).partition("|")
    return int(shard) if shard.isdigit() else 0, inner or None
