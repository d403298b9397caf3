"""What the guides' table tells the rest, and how rosters follow it."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.guides.bindings.tables import binding_of
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`binding.changed` for every binding that gave a member another guide, now or for a time in the past.

    `previous_guide_id`: in force at `at` before. `current_guide_id`, `replaced_guide_id`: the member's guide after
    and before this binding, by `sequence`; they are the same when it told of the past only.
    `contact.changed` when a member adds a guide in WeCom, or either deletes the other.
    """
    row = change.new
    if str(row.get("pk", "")).startswith("ROSTER#"):
        yield from _contact(change)
        return
    if change.old or not str(row.get("pk", "")).startswith("BIND#") or row["prev"] == row["g"]:
        return
    binding = binding_of(row)
    data = {
        "member_id": binding.member_id,
        "guide_id": binding.guide_id,
        "store_id": binding.store_id,
        "previous_guide_id": row["prev"],
        "at": binding.at,
        "reason": binding.reason,
        "sequence": binding.sequence,
        "current_guide_id": binding.current_guide_id,
        "replaced_guide_id": row["rep"],
    }
    yield Event(change.event_id, "binding.changed", binding.at, data)


def _contact(change: Change) -> Iterator[Event]:
    row = change.new
    followed = bool(row.get("followed"))
    if followed == bool(change.old.get("followed")):
        return
    data = {"member_id": row["sk"], "guide_id": row["pk"].split("#")[1], "followed": followed}
    # WeCom dates contacts by the second.
    yield Event(change.event_id, "contact.changed", row["fct"] * 1000, data)


def show_in_rosters(event: Event) -> None:
    """Put the member on the current guide's list and off the former one's; the binding's number settles the order."""
    data = event.data
    member_id, current, replaced = data["member_id"], data["current_guide_id"], data["replaced_guide_id"]
    rosters_tables.put_bound(current, member_id, True, data["sequence"], event.at)
    if replaced and replaced != current:
        rosters_tables.put_bound(replaced, member_id, False, data["sequence"], event.at)
