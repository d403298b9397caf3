"""What the guides' table tells the rest."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.guides.bindings.tables import claim_of
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`binding.claimed` for every claim; whether it changed whose the member is, only all claims together tell.

    `contact.changed` when a member adds a guide in WeCom, or either deletes the other.
    """
    row = change.new
    if str(row.get("pk", "")).startswith("ROSTER#"):
        yield from _contact(change)
        return
    if change.old or not str(row.get("pk", "")).startswith("BIND#"):
        return
    claim = claim_of(row)
    data = {
        "member_id": claim.member_id,
        "guide_id": claim.guide_id,
        "store_id": claim.store_id,
        "at": claim.at,
        "reason": claim.reason,
    }
    yield Event(change.event_id, "binding.claimed", claim.at, data)


def _contact(change: Change) -> Iterator[Event]:
    row = change.new
    followed = bool(row.get("followed"))
    if followed == bool(change.old.get("followed")):
        return
    data = {"member_id": row["sk"], "guide_id": row["pk"].split("#")[1], "followed": followed}
    # WeCom dates contacts by the second.
    yield Event(change.event_id, "contact.changed", row["fct"] * 1000, data)
