"""What a change in the table of codes means to others."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.codes.rules import REFUSED, packet_id
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.consumers import Change
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`code.scanned` for each visit that a code's row took in, `code.claimed` for the claim, `export.asked`."""
    if change.new.get("sk") == "X" and not change.old:
        yield _asked(change.new)
    if change.new.get("sk") != "C":
        return
    code = change.new["pk"].removeprefix("C#")
    if change.new.get("r0") != change.old.get("r0"):
        yield _scanned(code, change.new, change.new["r0"], change.new["t0"])
    elif change.new.get("f") != change.old.get("f"):
        # A claim of a code that nobody had scanned is its first scan.
        yield _scanned(code, {**change.new, "k": "active", "m": change.new["own"]}, change.new["f"], change.new["ft"])
    if "ca" in change.new and "ca" not in change.old:
        yield _claimed(code, change.new)


def _asked(export: Item) -> Event:
    export_id = export["export_id"]
    return Event(f"export.asked:{export_id}", "export.asked", export["at"], {"export_id": export_id})


def _scanned(code: str, row: Item, visit: str, at: Millis) -> Event:
    visit_id = visit.removeprefix(REFUSED)
    data = {
        "code": code,
        "batch_id": row["b"],
        "product_id": row["p"],
        "channel_id": row["s"] or None,
        "visit_id": visit_id,
        "state": row["k"],
        "first": visit == row.get("f"),
        "count": row.get("n", 0),
        "city": row.get("c") or None,
        "member_id": row.get("m") or None,
        "signals": row.get("g", []),
    }
    return Event(f"code.scanned:{code}:{visit}", "code.scanned", at, data)


def _claimed(code: str, row: Item) -> Event:
    data = {
        "code": code,
        "batch_id": row["b"],
        "product_id": row["p"],
        "channel_id": row["s"] or None,
        "member_id": row["own"],
        "prize_fen": row["pz"],
        "packet_id": packet_id(code) if row["pz"] else None,
    }
    return Event(f"code.claimed:{code}", "code.claimed", row["ca"], data)
