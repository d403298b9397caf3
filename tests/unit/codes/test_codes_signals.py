"""Signals: each rule with the inputs that make it speak; what a container remembers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.codes.diversion import rules as signals
from chalicelib.codes.diversion.rules import Facts, Known, Thresholds
from chalicelib.codes.scans.guard import FORGED_A_MINUTE, Guard
from chalicelib.kernel import cities
from chalicelib.kernel.clock import HOUR, MINUTE

LIMITS = Thresholds()
NOW = 100 * HOUR


def spoken(limits: Thresholds = LIMITS, **facts: Any) -> dict[str, dict[str, Any]]:
    calm: dict[str, Any] = {
        "at": NOW,
        "state": "active",
        "shipped": True,
        "channel_id": "chn_1",
        "regions": [],
        "count": 1,
    }
    return {signal.rule: signal.inputs for signal in signals.signals_of(Facts(**{**calm, **facts}), limits)}


def test_an_ordinary_scan_says_nothing() -> None:
    assert spoken(city="成都", regions=["成都"], device="a", member_id="mbr_1") == {}


def test_out_of_region_tells_city_channel_and_regions() -> None:
    assert spoken(city="沈阳市", regions=["成都", "重庆"]) == {
        "out_of_region": {"city": "沈阳市", "channel_id": "chn_1", "regions": ["成都", "重庆"]}
    }


@pytest.mark.parametrize(
    ("regions", "city", "out"),
    [
        (["成都"], "沈阳市", True),
        (["成都市"], "成都", False),
        (["四川省"], "绵阳", False),
        (["四川"], "重庆", True),
        (["Chengdu"], "chengdu", False),
        (["Chengdu"], "Shenyang", True),
        ([], "沈阳", False),
        (["成都"], "", False),
    ],
)
def test_a_region_is_a_city_or_a_province(regions: list[str], city: str, out: bool) -> None:
    assert signals.out_of_region(regions, city) is out


def test_nobody_flies_from_chengdu_to_shenyang_in_an_hour() -> None:
    known = Known(city="成都", city_at=NOW - HOUR)

    found = spoken(city="沈阳", known=known)["impossible_travel"]

    assert 2000 < found["kilometres"] < 2200
    assert (found["from"], found["to"], found["minutes"], found["threshold_kmh"]) == ("成都", "沈阳", 60, 900)
    assert spoken(city="沈阳", known=Known(city="成都", city_at=NOW - 3 * HOUR)) == {}
    assert spoken(city="德阳", known=known) == {}
    assert spoken(city="Atlantis", known=known) == {}
    assert spoken(Thresholds(travel_kmh=5000), city="沈阳", known=known) == {}


def test_too_many_scans_speaks_once_for_each_round() -> None:
    limits = Thresholds(scans=20)

    heard = [count for count in range(1, 65) if "too_many_scans" in spoken(limits, count=count)]

    assert heard == [21, 41, 61]
    assert spoken(limits, count=21)["too_many_scans"] == {"scans": 21, "threshold": 20}


def test_too_many_persons_counts_devices_of_a_day() -> None:
    devices = [(name, NOW - HOUR) for name in "abcd"]

    assert spoken(device="e", known=Known(devices=devices))["too_many_persons"]["persons"] == 5
    assert spoken(device="a", known=Known(devices=devices)) == {}
    assert spoken(device="e", known=Known(devices=[("a", NOW - 25 * HOUR), *devices[1:]])) == {}
    assert "too_many_persons" in spoken(Thresholds(persons=2), device="e", known=Known(devices=devices[:2]))


def test_a_scan_before_activation_or_shipping_is_told() -> None:
    assert spoken(state="inactive", shipped=False) == {"scanned_before_activation": {"state": "inactive"}}
    assert spoken(shipped=False) == {"scanned_before_shipping": {"channel_id": "chn_1"}}


def test_claimed_by_one_and_scanned_by_another() -> None:
    claimed = Known(owner="mbr_1", claimed_at=NOW - HOUR, devices=[("a", NOW - HOUR)])
    rule = "claimed_by_one_scanned_by_another"

    assert spoken(member_id="mbr_2", known=claimed)[rule] == {"owner": "mbr_1", "member_id": "mbr_2"}
    assert rule in spoken(device="b", known=claimed)
    assert spoken(member_id="mbr_1", device="b", known=claimed) == {}
    assert spoken(device="a", known=claimed) == {}
    assert spoken(known=claimed) == {}
    assert spoken(member_id="mbr_2", known=Known(owner="mbr_1")) == {}


def test_a_box_whose_first_scans_cluster_elsewhere() -> None:
    found = signals.box_cluster({"沈阳": 4, "成都": 1}, ["成都"], LIMITS)

    assert found is not None
    assert found.inputs == {"city": "沈阳", "first_scans_there": 4, "first_scans": 5, "regions": ["成都"]}
    assert signals.box_cluster({"沈阳": 4}, ["成都"], LIMITS) is None
    assert signals.box_cluster({"成都": 9, "沈阳": 4}, ["成都"], LIMITS) is None
    assert signals.box_cluster({"沈阳": 9}, [], LIMITS) is None
    assert signals.box_cluster({}, ["成都"], LIMITS) is None


def test_what_a_row_knows_is_each_devices_last_time() -> None:
    row = {"fd": "a", "ft": 1, "d0": "b", "t0": 9, "d1": "x:a", "t1": 7, "d2": "", "t2": 5, "c": "成都", "ct": 7}

    known = signals.known_of(row)

    assert dict(known.devices) == {"a": 7, "b": 9}
    assert (known.city, known.city_at, known.owner) == ("成都", 7, "")
    assert signals.known_of({}) == Known()


def test_clients_are_told_only_what_their_request_says() -> None:
    assert signals.public_signals("active", ["成都"], "沈阳") == ["out_of_region"]
    assert signals.public_signals("inactive", [], "") == ["scanned_before_activation"]


@pytest.mark.parametrize("wrong", [{"persons": 5}, {"scans": 0}, {"box_percent": 101}, {"colour": 1}])
def test_thresholds_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Thresholds)


def test_places_are_known_by_any_of_their_names() -> None:
    for text in ("成都", "成都市", " 成都市 "):
        found = cities.find(text)
        assert found is not None
        assert (found.name, found.province) == ("成都", "四川")
    prefecture = cities.find("延边朝鲜族自治州")
    assert prefecture is not None
    assert prefecture.name == "延边"
    assert cities.find("Chengdu") is None
    assert cities.find("") is None


def test_a_device_that_guesses_waits_for_the_next_minute() -> None:
    memory = Guard()
    for _ in range(FORGED_A_MINUTE):
        assert not memory.is_guessing("a", NOW)
        memory.note_forged("a", NOW)
        memory.note_forged("", NOW)

    assert memory.is_guessing("a", NOW + MINUTE - 1)
    assert not memory.is_guessing("a", NOW + MINUTE)
    assert not memory.is_guessing("b", NOW)
    assert not memory.is_guessing("", NOW)


def test_a_busy_code_is_sampled_and_cools_down() -> None:
    memory = Guard()
    for count in range(1, 101):
        memory.note_scan("C", {"n": count, "f": "v1"}, NOW, most_a_minute=100)
    assert memory.sampled_out("C", "v", NOW) is None

    memory.note_scan("C", {"n": 101, "f": "v1"}, NOW, most_a_minute=100)

    kept = [memory.sampled_out("C", f"visit-{place}", NOW) for place in range(1000)]
    assert 60 < kept.count(None) < 150
    assert next(row for row in kept if row) == {"n": 101, "f": "v1"}
    again = [memory.sampled_out("C", f"visit-{place}", NOW) is None for place in range(1000)]
    assert again == [row is None for row in kept]
    assert memory.sampled_out("D", "visit-1", NOW) is None
    assert not any(memory.sampled_out("C", f"visit-{place}", NOW + MINUTE) for place in range(100))


def test_an_evenly_scanned_code_is_never_sampled() -> None:
    memory = Guard()
    for count in range(1, 500):
        memory.note_scan("C", {"n": count}, NOW + count * 1_000, most_a_minute=100)

    assert not any(memory.sampled_out("C", f"v{place}", NOW + 500_000) for place in range(100))
