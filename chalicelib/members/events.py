"""What the members' table tells the rest."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.members.tables import member_id_of
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`member.joined` for a profile's birth, `member.changed` for every later change of it, `member.erased`,
    `member.merged` of who stands for others from now on, and `member.parted` of who was merged and is so no more.

    Somebody who was erased and comes back is born again, yet has not joined: nobody becomes new twice.
    """
    row = change.new
    if row.get("sk") == "GONE" and not change.old:
        yield Event(change.event_id, "member.erased", row["at"], {"member_id": row["pk"].removeprefix("GONE#")})
    if str(row.get("pk")).startswith("IMPORT#"):
        yield from _of_import(change)
    if row.get("sk") != "PROFILE" or row == change.old:
        return
    member_id = member_id_of(row)
    if row.get("aliases", set()) != change.old.get("aliases", set()) and row.get("aliases"):
        yield Event(f"{change.event_id}:merged", "member.merged", change.at, {"member_id": member_id})
    if change.old and len(row.get("apart", ())) > len(change.old.get("apart", ())):
        yield Event(f"{change.event_id}:parted", "member.parted", change.at, {"member_id": member_id})
    if change.old or row.get("former"):
        yield Event(change.event_id, "member.changed", change.at, {"member_id": member_id})
        return
    joined = {"member_id": member_id, "channel_id": row["channel_id"], "origin": row["origin"]}
    yield Event(change.event_id, "member.joined", row["created_at"], joined)


def _of_import(change: Change) -> Iterator[Event]:
    """`import.started` for a file to be cut, `import.part` for each part to be worked on."""
    row, import_id = change.new, change.new["pk"].removeprefix("IMPORT#")
    if row.get("st") == "planning" and change.old.get("st") != "planning":
        yield Event(change.event_id, "import.started", change.at, {"import_id": import_id})
    elif row["sk"].startswith("P#") and not change.old:
        told = {"import_id": import_id, "number": int(row["sk"].removeprefix("P#"))}
        yield Event(change.event_id, "import.part", change.at, told)
