"""Signals of diversion (窜货) and counterfeiting: pure rules over what a code's row knew when a scan came.

Each says its name and the inputs that made it speak, so that an operator can check it. None of them bars a claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from chalicelib.codes.lifecycle.rules import State
from chalicelib.codes.scans.rules import RECENT, REFUSED
from chalicelib.kernel import cities
from chalicelib.kernel.clock import HOUR, MINUTE, Millis

DIVERSION: Final = frozenset({"out_of_region", "box_cluster"})
"""Signals that say: this item is being sold where it should not be."""
EARLY: Final = frozenset({"scanned_before_activation", "scanned_before_shipping"})
"""Signals about the brand's own steps: on record with the scan, no evidence against a channel."""


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the rules speak; each batch may have its own."""

    scans: Annotated[int, Meta(ge=1, le=1_000_000)] = 20
    """Speak at each further so many scans of one code."""
    persons: Annotated[int, Meta(ge=1, le=4)] = 4
    """More different devices than this within `persons_hours`; the row knows the first and the last four."""
    persons_hours: Annotated[int, Meta(ge=1, le=8760)] = 24
    travel_kmh: Annotated[int, Meta(ge=50, le=10_000)] = 900
    """Faster than an airliner between two scans."""
    travel_km: Annotated[int, Meta(ge=0, le=10_000)] = 150
    """Nearer than this nobody is surprised."""
    box_scans: Annotated[int, Meta(ge=2, le=100_000)] = 5
    """First scans of a box before it can be judged."""
    box_percent: Annotated[int, Meta(ge=1, le=100)] = 60
    """Share of a box's first scans in one city outside the channel's regions."""
    sampled_per_minute: Annotated[int, Meta(ge=10, le=1_000_000)] = 100
    """A code scanned more often is sampled, its row left alone."""


class Signal(msgspec.Struct, frozen=True):
    """A rule that spoke, and why."""

    rule: str
    inputs: dict[str, Any]


class Known(msgspec.Struct, frozen=True):
    """What a code's row knew before a scan: as far as the rules need it, and small enough for an event."""

    devices: list[tuple[str, Millis]] = []
    city: str = ""
    city_at: Millis = 0
    owner: str = ""
    claimed_at: Millis = 0


class Facts(msgspec.Struct, frozen=True):
    """One scan. `count`: scans of the code with this one. `regions`: where the channel may sell, [] for anywhere."""

    at: Millis
    state: State
    shipped: bool
    channel_id: str
    regions: Sequence[str]
    count: int
    city: str = ""
    device: str = ""
    member_id: str = ""
    known: Known = Known()


def known_of(row: Mapping[str, Any]) -> Known:
    """What a code's row (or an image of it) knows; of an empty row nothing."""
    oldest_first = [("fd", "ft"), *((device, time) for _, device, time in reversed(RECENT))]
    devices = {row[device].removeprefix(REFUSED): row.get(time, 0) for device, time in oldest_first if row.get(device)}
    return Known(list(devices.items()), row.get("c", ""), row.get("ct", 0), row.get("own", ""), row.get("ca", 0))


def signals_of(scan: Facts, limits: Thresholds) -> list[Signal]:
    """Every rule that speaks of this scan."""
    return [Signal(rule, inputs) for rule, inputs in _all(scan, limits)]


def public_signals(state: State, regions: Sequence[str], city: str) -> list[str]:
    """What a client is told at once: what follows from its own request, so that a repeat gets the same answer. What
    counterfeiters could learn from stays with the operators.
    """
    early = ["scanned_before_activation"] if state == "inactive" else []
    return early + (["out_of_region"] if out_of_region(regions, city) else [])


def out_of_region(regions: Sequence[str], city: str) -> bool:
    """Whether the channel may not sell where the item was scanned; a region is a city or a province."""
    return bool(regions) and bool(city) and not any(cities.lies_in(city, region) for region in regions)


def box_cluster(first_scans: Mapping[str, int], regions: Sequence[str], limits: Thresholds) -> Signal | None:
    """Whether a box's first scans (by city) cluster in one city where its channel may not sell."""
    total = sum(first_scans.values())
    city, most = max(first_scans.items(), key=lambda pair: pair[1], default=("", 0))
    if total < limits.box_scans or most * 100 < total * limits.box_percent or not out_of_region(regions, city):
        return None
    inputs = {"city": city, "first_scans_there": most, "first_scans": total, "regions": list(regions)[:20]}
    return Signal("box_cluster", inputs)


def _all(scan: Facts, limits: Thresholds) -> Iterator[tuple[str, dict[str, Any]]]:
    if scan.state == "inactive":
        yield "scanned_before_activation", {"state": scan.state}
    elif not scan.shipped:
        yield "scanned_before_shipping", {"channel_id": scan.channel_id or None}
    if out_of_region(scan.regions, scan.city):
        yield (
            "out_of_region",
            {"city": scan.city, "channel_id": scan.channel_id, "regions": list(scan.regions)[:20]},
        )
    yield from _travel(scan, limits)
    if scan.count > limits.scans and scan.count % limits.scans == 1 % limits.scans:
        yield "too_many_scans", {"scans": scan.count, "threshold": limits.scans}
    yield from _persons(scan, limits)
    if scan.known.claimed_at and _is_another(scan):
        yield "claimed_by_one_scanned_by_another", {"owner": scan.known.owner, "member_id": scan.member_id or None}


def _travel(scan: Facts, limits: Thresholds) -> Iterator[tuple[str, dict[str, Any]]]:
    before, here = cities.find(scan.known.city), cities.find(scan.city)
    if before is None or here is None:
        return
    distance, minutes = cities.kilometres(before, here), max(1, (scan.at - scan.known.city_at) // MINUTE)
    if distance >= limits.travel_km and distance * 60 > limits.travel_kmh * minutes:
        inputs = {"from": before.name, "to": here.name, "kilometres": distance, "minutes": minutes}
        yield "impossible_travel", {**inputs, "threshold_kmh": limits.travel_kmh}


def _persons(scan: Facts, limits: Thresholds) -> Iterator[tuple[str, dict[str, Any]]]:
    """Speaks when this scan's device is new, so that one crowd is reported once per head."""
    if not scan.device:
        return
    since = scan.at - limits.persons_hours * HOUR
    recent = {device for device, at in scan.known.devices if at > since}
    if scan.device not in recent and len(recent) + 1 > limits.persons:
        inputs = {"persons": len(recent) + 1, "hours": limits.persons_hours, "threshold": limits.persons}
        yield "too_many_persons", inputs


def _is_another(scan: Facts) -> bool:
    """A member other than the owner, or a device that was never seen with this code before."""
    if scan.member_id:
        return scan.member_id != scan.known.owner
    return bool(scan.device) and bool(scan.known.devices) and scan.device not in dict(scan.known.devices)
