"""What the segments' table tells the rest: only that a count was asked for. The directory's rows tell nobody."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`segment.changed` when a segment is new or a new count of it was asked for."""
    row = change.new
    if row.get("pk") != "SEGMENTS" or row["counting"] == change.old.get("counting"):
        return
    asked = {"segment_id": row["sk"], "version": row["version"], "number": row["counting"]}
    yield Event(change.event_id, "segment.changed", change.at, asked)
