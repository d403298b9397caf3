"""What a change in the table of codes means to others."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.codes.diversion.rules import known_of
from chalicelib.codes.prizes.rules import packet_id
from chalicelib.codes.scans.rules import REFUSED
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event


def events_of(change: Change) -> Iterator[Event]:
    """`code.scanned` and `code.located` of the visits that a code's row took in, `code.claimed`.

    `batch.minted` and `export.asked` tell of operators' work.

    `scan.genuine` tells of a member's scan of an active code, which campaigns count.
    """
    if change.new.get("sk") == "H" and not change.old:
        yield _minted(change.new)
    if change.new.get("sk") == "X" and not change.old:
        yield _asked(change.new)
    if change.new.get("sk") != "C":
        return
    code = change.new["pk"].removeprefix("C#")
    if change.new.get("r0") != change.old.get("r0"):
        yield _scanned(code, change, change.new, change.new["r0"], change.new["t0"])
    elif _is_located(change):
        yield _located(code, change)
    elif change.new.get("f") != change.old.get("f"):
        # A claim of a code that nobody had scanned is its first scan.
        row = {**change.new, "k": "active", "m": change.new["own"]}
        yield _scanned(code, change, row, change.new["f"], change.new["ft"])
    if "ca" in change.new and "ca" not in change.old:
        yield _claimed(code, change.new)
    if change.new.get("r0") != change.old.get("r0") and change.new.get("m") and change.new.get("k") == "active":
        yield _genuine(code, change.new)


def _minted(header: Item) -> Event:
    data = {name: header[name] for name in ("batch_id", "number", "created_at")}
    return Event(f"batch.minted:{header['batch_id']}", "batch.minted", header["created_at"], data)


def _asked(export: Item) -> Event:
    export_id = export["export_id"]
    return Event(f"export.asked:{export_id}", "export.asked", export["at"], {"export_id": export_id})


def _is_located(change: Change) -> bool:
    """Whether the person of the latest visit has told their city since."""
    told = change.new.get("ct")
    return told is not None and told == change.new.get("t0") and told != change.old.get("ct")


def _located(code: str, change: Change) -> Event:
    scanned = _scanned(code, change, change.new, change.new["r0"], change.new["t0"])
    return Event(f"code.located:{code}:{change.new['r0']}", "code.located", scanned.at, scanned.data)


def _scanned(code: str, change: Change, row: Item, visit: str, at: Millis) -> Event:
    data = {
        "code": code,
        "batch_id": row["b"],
        "product_id": row["p"],
        "channel_id": row["s"] or None,
        "visit_id": visit.removeprefix(REFUSED),
        "state": row["k"],
        "shipped": not row.get("u"),
        "first": visit == row.get("f") and at == row.get("ft"),
        "count": row.get("n", 0),
        "city": row["c"] if row.get("ct") == at else None,
        "device": (row.get("d0") or "").removeprefix(REFUSED) or None,
        "member_id": row.get("m") or None,
        "known": msgspec.to_builtins(known_of(change.old)),
    }
    return Event(f"code.scanned:{code}:{visit}", "code.scanned", at, data)


def _genuine(code: str, row: Item) -> Event:
    data = {"member_id": row["m"], "code": code, "batch_id": row["b"], "product_id": row["p"]}
    return Event(f"scan.genuine:{code}:{row['r0']}", "scan.genuine", row["t0"], data)


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
