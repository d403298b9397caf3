"""What the pushes' table tells the rest: a push begins or goes on, a page is there to be sent."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`push.planned` whenever a push begins to send, `push.page` for every new page."""
    row, old = change.new, change.old
    kind, holder = str(row.get("sk", "")), str(row.get("pk", ""))
    push_id = holder.removeprefix("PUSH#")
    if kind == "PUSH" and holder != push_id and row["state"] == "sending" and old.get("state") != "sending":
        told = {"push_id": push_id, "resumed": old.get("state") == "paused"}
        yield Event(change.event_id, "push.planned", change.at, told)
    elif kind.startswith("PAGE#") and not old:
        told = {"push_id": push_id, "page_id": kind.removeprefix("PAGE#")}
        yield Event(change.event_id, "push.page", change.at, told)
