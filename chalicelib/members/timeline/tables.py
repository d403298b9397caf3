"""The writes and reads of timelines."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.ids import digest32
from chalicelib.members.models import TimelineEntry
from chalicelib.members.tables import member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def put_entry(member_id: str, kind: str, key: str, at: Millis, facts: Item) -> None:
    """One row of the timeline; the same kind, key and moment make one row."""
    sk = f"T#{at:015d}#{digest32(kind, key)[:16]}"
    row = {"pk": member_key(member_id), "sk": sk, "kind": kind, "key": key, "at": at, "facts": facts}
    dynamo.put_once(TimelineEntry, row)


def newest_entries(member_id: str, most: int, before: str = "") -> list[Item]:
    """The newest rows of a timeline, or those before the `sk` that is named, newest first."""
    return dynamo.first(TimelineEntry, member_key(member_id), most, prefix="T#", after=before, forward=False)
