"""What the members' table tells the rest."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.members.tables import member_id_of
from chalicelib.runtime.consumers import Change
from chalicelib.runtime.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`member.joined` for a profile's birth, `member.changed` for every later change of it."""
    row = change.new
    if row.get("sk") != "PROFILE" or row == change.old:
        return
    member_id = member_id_of(row)
    if change.old:
        yield Event(change.event_id, "member.changed", change.at, {"member_id": member_id})
        return
    joined = {"member_id": member_id, "channel_id": row["channel_id"], "origin": row["origin"]}
    yield Event(change.event_id, "member.joined", row["created_at"], joined)
