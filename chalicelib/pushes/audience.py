"""Freezing the audience: the members of the segment, page by page, each page written once."""

from __future__ import annotations

from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import tables
from chalicelib.pushes.delivery import progress
from chalicelib.pushes.delivery import tables as delivery_tables
from chalicelib.pushes.tables import RECIPIENTS
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.segments import service as segments

STEPS_PER_EVENT: Final = 20
"""Each takes a few seconds at most, so an event ends before Lambda ends it (120 s)."""


def plan(push_id: str, now: Millis) -> bool:
    """Make pages of the audience for a bounded number of steps; False when there are more to make.

    Resumable anywhere: a page that exists is taken as it is, with the cursor that it leads to. A push that is not
    `sending` (paused, cancelled) is left alone.
    """
    run = tables.get_run(push_id)
    for _ in range(STEPS_PER_EVENT):
        push = tables.get_push(push_id, strong=True)
        if push is None or push["state"] != "sending":
            return True
        if run["p"]:
            progress.finish_if_over(push_id, run)
            return True
        run = _step(push_id, push, run, now)
    return bool(run["p"]) and progress.finish_if_over(push_id, run)


def kick(push_id: str, now: Millis) -> None:
    """Put every page that is not done on the queue again: after a pause, or when messages were lost."""
    run = tables.get_run(push_id)
    done = {row["sk"] for row in delivery_tables.every_progress(push_id, run["f"]) if row.get("done")}
    names = (delivery_tables.page_id_of(number) for number in range(run["f"] + 1, run["n"] + 1))
    queues.send(
        "pushes-deliver",
        (
            Event(f"{push_id}.{name}.{now}", "push.page", now, {"push_id": push_id, "page_id": name})
            for name in names
            if f"PROG#{name}" not in done
        ),
    )


def pack_members(member_ids: list[str]) -> bytes:
    """Member ids as 16 bytes each: a page of 500 stays within 8 KB."""
    from ulid import ULID

    return b"".join(ULID.from_str(member_id.removeprefix("mbr_")).bytes for member_id in member_ids)


def unpack_members(packed: bytes) -> list[str]:
    """What `pack_members` packed."""
    from ulid import ULID

    return [f"mbr_{ULID.from_bytes(packed[place : place + 16])}" for place in range(0, len(packed), 16)]


def _step(push_id: str, push: Item, run: Item, now: Millis) -> Item:
    found = segments.members_page(push["segment_id"], push["version"], run.get("c"), RECIPIENTS)
    if not found.member_ids:
        return delivery_tables.advance(push_id, run, found.cursor, 0, 0, now)
    page = delivery_tables.put_page(push_id, run["n"] + 1, pack_members(found.member_ids), found.cursor)
    return delivery_tables.advance(push_id, run, page["next"], 1, len(page["m"]) // 16, now)
