"""What becomes of a scan after the answer: a dated row on the code with its signals, the member's timeline, the box."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib.codes.diversion import rules as signals
from chalicelib.codes.diversion import tables as evidence
from chalicelib.codes.diversion.rules import Facts, Known, Signal, Thresholds
from chalicelib.codes.diversion.tables import BoxKey, Sight
from chalicelib.codes.scans.lookup import batch_of, regions, thresholds
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count

_FACTS: Final = ("state", "first", "city", "member_id", "channel_id")
_OF_A_CITY: Final = frozenset({"out_of_region", "impossible_travel"})
"""Rules that need the city, and so speak again when it is told after the scan."""


def record(told: Event) -> list[Signal]:
    """Write the history of one `code.scanned` or `code.located`; the signals that are new on record.

    Delivered twice, it finds its rows there.
    """
    data = told.data
    header, sequence = batch_of(data["code"], told.at)
    limits = thresholds(header)
    allowed = regions(data["channel_id"], told.at)
    spoken = _spoken(told, allowed, limits)
    seen = Sight(data["code"], data["batch_id"], data["channel_id"] or "", data["city"] or "", told.at)
    box = _box_of(header, sequence) if data["first"] else None
    is_new = _record(told, seen, spoken, box)
    if data["member_id"]:
        members.add_to_timeline(
            data["member_id"], "scan", data["visit_id"], told.at, code=data["code"], first=data["first"]
        )
    new = [*(spoken if is_new else []), *_check_box(seen, box, allowed, limits)]
    for signal in new:
        count("Signals", rule=signal.rule)
    return new


def _spoken(told: Event, allowed: list[str], limits: Thresholds) -> list[Signal]:
    data = told.data
    known = msgspec.convert(data["known"], Known)
    facts = Facts(
        at=told.at,
        state=data["state"],
        shipped=data["shipped"],
        channel_id=data["channel_id"] or "",
        regions=allowed,
        count=data["count"],
        city=data["city"] or "",
        device=data["device"] or "",
        member_id=data["member_id"] or "",
        known=known,
    )
    found = signals.signals_of(facts, limits)
    if told.type == "code.located":
        return [signal for signal in found if signal.rule in _OF_A_CITY]
    return [signal for signal in found if not _is_same_person(signal)]


def _record(told: Event, seen: Sight, spoken: list[Signal], box: BoxKey | None) -> bool:
    visit_id: str = told.data["visit_id"]
    if told.type == "code.located":
        return evidence.record_city(seen, visit_id, spoken, box)
    facts: dict[str, Any] = {name: told.data[name] for name in _FACTS if told.data[name] is not None}
    return evidence.record_visit(seen, visit_id, facts, spoken, box)


def _check_box(seen: Sight, box: BoxKey | None, allowed: list[str], limits: Thresholds) -> list[Signal]:
    """The signal of a box that a first scan has just made cluster. Asked again on every delivery: a worker that died
    between the count and this look must not hide it.
    """
    if box is None or not seen.city or not allowed:
        return []
    found = signals.box_cluster(evidence.first_scans(box), allowed, limits)
    if found is None:
        return []
    there = seen._replace(city=found.inputs["city"])
    return [found] if evidence.record_box_signal(there, box, found) else []


def _box_of(header: Item, sequence: int) -> BoxKey | None:
    size = header["box_size"]
    return BoxKey(header["number"], sequence // size + 1) if size else None


def _is_same_person(signal: Signal) -> bool:
    """Whether owner and scanner of a claimed code have become one member since."""
    member_id = signal.inputs.get("member_id")
    if signal.rule != "claimed_by_one_scanned_by_another" or not member_id:
        return False
    try:
        return bool(members.current(signal.inputs["owner"])["pk"] == members.current(member_id)["pk"])
    except SiyuError as error:
        if error.code == "not_found":
            return False
        raise
