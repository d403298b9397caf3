"""The writes and reads of timelines."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.ids import digest32
from chalicelib.members.models import TimelineEntry
from chalicelib.members.tables import member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page


def put_entry(member_id: str, kind: str, key: str, at: Millis, facts: Item) -> None:
    """One row of the timeline; the same kind, key and moment make one row."""
    sk = f"T#{at:015d}#{digest32(kind, key)[:16]}"
    row = {"pk": member_key(member_id), "sk": sk, "kind": kind, "key": key, "at": at, "facts": facts}
    dynamo.put_once(TimelineEntry, row)


def entries(member_id: str, limit: int, cursor: str | None) -> Page:
    """The timeline, newest first."""
    return dynamo.query(TimelineEntry, member_key(member_id), prefix="T#", limit=limit, cursor=cursor, forward=False)
