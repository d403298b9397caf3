"""Signals from scans on a real table, through the stream's events and the consumer of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import MINUTE, Millis, shanghai_month
from tests.functions.codes.test_codes_functions import changes_of, sqs

Mint = Callable[..., Any]
NORTH, SOUTH = "沈阳", "成都"


@pytest.fixture
def channel(stack: str, now: Millis) -> str:
    from chalicelib.brand import service as brand

    made = brand.create_channel(ids.new_id("channel", now), name="成都经销商", regions=[SOUTH], now=now)
    return str(made["sk"])


def told(code: str, *visits: Any, at: Millis) -> list[Any]:
    """Scan a code by these visits, a minute apart; the events of its stream."""
    from chalicelib.codes.events import events_of
    from chalicelib.codes.scans import service as scan_service

    def step(visit: Any, place: int) -> Callable[[], Any]:
        return lambda: scan_service.scan(code, visit, at + place * MINUTE)

    steps = [step(visit, place) for place, visit in enumerate(visits)]
    found = [event for change in changes_of(code, *steps) for event in events_of(change)]
    return [event for event in found if event.type in ("code.scanned", "code.located")]


def consume(events: list[Any], times: int = 1) -> None:
    from functions.codes_history import codes_history

    for _ in range(times):
        for start in range(0, len(events), 10):
            assert codes_history(sqs(*events[start : start + 10]), None) == {"batchItemFailures": []}


def visit(name: str, city: str = "", device: str = "") -> Any:
    from chalicelib.codes.scans.service import Visit

    return Visit(name, device, city)


def story(code: str, now: Millis) -> Any:
    from chalicelib.codes.lifecycle import service as lifecycle
    from chalicelib.codes.lifecycle import views as lifecycle_views

    return lifecycle_views.story_answer(lifecycle.story(code, 50, None, now))


def suspicion(channel: str, now: Millis) -> Any:
    from chalicelib.codes.diversion.service import channels_by_evidence

    return next((one for one in channels_by_evidence([shanghai_month(now)]) if one.channel_id == channel), None)


def test_a_batch_for_chengdu_scanned_in_shenyang_is_evidence(
    mint: Mint, now: Millis, channel: str, http: Any, admin: dict[str, str]
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint(30)
    lifecycle.ship(batch["batch_id"], (0, None), channel, by="test", now=now - 1)
    events = [event for place, code in enumerate(codes) for event in told(code, visit(f"v{place}", NORTH), at=now)]

    consume(events, times=2)

    (listed,) = [
        entry
        for entry in http.get("/admin/diversion", headers=admin).json_body["items"]
        if entry["channel_id"] == channel
    ]
    assert (listed["channel_name"], listed["evidence"]) == ("成都经销商", 30)
    assert listed["by_signal"] == {"out_of_region": 30}
    assert listed["cities"] == {NORTH: 30}
    assert listed["batches"] == {batch["batch_id"]: 30}
    assert listed["last_code"] in codes
    (row,) = http.get(f"/admin/codes/{codes[0]}", headers=admin).json_body["history"]
    assert row["signals"] == [
        {"rule": "out_of_region", "inputs": {"city": NORTH, "channel_id": channel, "regions": [SOUTH]}}
    ]


def test_a_box_that_is_sold_elsewhere_is_told_once(mint: Mint, now: Millis, channel: str) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, codes = mint(12, box_size=6)
    lifecycle.ship(batch["batch_id"], (0, None), channel, by="test", now=now - 1)
    here = [event for code in codes[6:] for event in told(code, visit("v", SOUTH), at=now)]
    there = [event for code in codes[:6] for event in told(code, visit("v", NORTH), at=now)]

    consume(here)
    consume(there, times=2)

    assert suspicion(channel, now).by_signal == {"out_of_region": 6, "box_cluster": 1}
    assert "box_cluster" in story(codes[0], now).signals
    assert "box_cluster" not in story(codes[6], now).signals


def test_a_city_told_after_the_scan_joins_its_row(mint: Mint, now: Millis, channel: str) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle

    batch, (code, *_) = mint()
    lifecycle.ship(batch["batch_id"], (0, None), channel, by="test", now=now - 1)
    events = told(code, visit("v"), visit("v", NORTH), visit("v", SOUTH), at=now)
    assert [event.type for event in events] == ["code.scanned", "code.located"]

    consume(events, times=2)

    (row,) = story(code, now).history
    assert (row.city, [signal.rule for signal in row.signals]) == (NORTH, ["out_of_region"])
    assert suspicion(channel, now).cities == {NORTH: 1}


def test_a_city_that_arrives_before_its_scan_waits(mint: Mint, now: Millis) -> None:
    from functions.codes_history import codes_history

    _, (code, *_) = mint()
    scanned, located = told(code, visit("v"), visit("v", NORTH), at=now)

    assert codes_history(sqs(located), None) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    consume([scanned, located])

    assert story(code, now).history[0].city == NORTH


def test_scans_without_a_city_leave_the_last_known_one(mint: Mint, now: Millis) -> None:
    _, (code, *_) = mint()

    consume(told(code, visit("a", SOUTH), visit("b"), visit("c", NORTH), at=now))

    latest, middle, first = story(code, now).history
    assert (first.city, middle.city, latest.city) == (SOUTH, None, NORTH)
    (travel,) = [signal.inputs for signal in latest.signals if signal.rule == "impossible_travel"]
    assert (travel["from"], travel["to"], travel["minutes"]) == (SOUTH, NORTH, 2)


def test_a_crowd_at_one_code_is_told(mint: Mint, now: Millis, http: Any, admin: dict[str, str]) -> None:
    import json

    batch, (code, *_) = mint()
    limits = http.put(
        f"/admin/code-batches/{batch['batch_id']}/thresholds",
        headers=admin,
        body=json.dumps({"scans": 5, "persons": 2}).encode(),
    )
    assert (limits.status_code, limits.json_body["travel_kmh"]) == (200, 900)

    consume(told(code, *(visit(f"v{place}", device=f"d{place}") for place in range(7)), at=now))

    found = story(code, now)
    assert {"too_many_scans", "too_many_persons", "scanned_before_shipping"} <= set(found.signals)
    (scans,) = [signal.inputs for row in found.history for signal in row.signals if signal.rule == "too_many_scans"]
    assert scans == {"scans": 6, "threshold": 5}


def test_somebody_else_scans_a_claimed_code(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.codes.scans.service import Visit

    _, (code, *_) = mint()
    claims.claim(code, "mbr_owner", now, visit_id="c")
    events = told(code, Visit("d", member_id="mbr_owner"), Visit("e", member_id="mbr_other"), at=now + 1)

    consume(events)

    latest, own, *_ = story(code, now).history
    rule = "claimed_by_one_scanned_by_another"
    assert rule in [signal.rule for signal in latest.signals]
    assert rule not in [signal.rule for signal in own.signals]


def test_a_busy_codes_row_is_left_alone(mint: Mint, now: Millis, calls: list[tuple[str, float]]) -> None:
    from chalicelib.codes.diversion import tables as evidence
    from chalicelib.codes.scans import service as scan_service
    from chalicelib.codes.scans import tables as scan_tables

    batch, (code, *_) = mint()
    evidence.set_thresholds(batch["number"], {"sampled_per_minute": 10})
    first = [scan_service.scan(code, visit(f"v{place}"), now) for place in range(11)]
    calls.clear()

    found = [scan_service.scan(code, visit(f"w{place}"), now) for place in range(60)]

    written = sum(name == "UpdateItem" for name, _ in calls)
    assert [one.count for one in first] == list(range(1, 12))
    assert 0 < written < 25
    assert {one.verdict for one in found} == {"repeat_scan"}
    assert scan_service.scan(code, visit("v0"), now).verdict == "first_scan"
    assert scan_tables.get_code(code)["n"] == 11 + written


@pytest.fixture
def breaking(stack: str) -> Iterator[Breaking]:
    from chalicelib.runtime.aws import client

    fault, events = Breaking(), client("dynamodb").meta.events
    events.register_first("before-send.dynamodb.*", fault.before)
    events.register_first("after-call.dynamodb.*", fault.after)
    yield fault
    events.unregister("before-send.dynamodb.*", fault.before)
    events.unregister("after-call.dynamodb.*", fault.after)


class Breaking:
    """A worker that dies at its n-th call: before it is sent, or after it took effect."""

    def __init__(self) -> None:
        self.at, self.after_effect, self.seen = 0, False, 0

    def arm(self, at: int, *, after_effect: bool) -> None:
        self.at, self.after_effect, self.seen = at, after_effect, 0

    def before(self, **_: Any) -> None:
        self.seen += 1
        if self.seen == self.at and not self.after_effect:
            raise ConnectionError("died before the call")

    def after(self, **_: Any) -> None:
        if self.seen == self.at and self.after_effect:
            raise ConnectionError("died after the call")


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_worker_that_dies_at_any_call_loses_and_repeats_nothing(
    mint: Mint, now: Millis, channel: str, breaking: Breaking, after_effect: bool
) -> None:
    from chalicelib.codes.lifecycle import service as lifecycle
    from functions.codes_history import codes_history

    batch, codes = mint(5, box_size=5)
    lifecycle.ship(batch["batch_id"], (0, None), channel, by="test", now=now - 1)
    events = [event for code in codes for event in told(code, visit("v", NORTH), visit("w"), at=now)]

    died = 0
    for event in events:
        for call in range(1, 20):
            breaking.arm(call, after_effect=after_effect)
            if not codes_history(sqs(event), None)["batchItemFailures"]:
                break
            died += 1
    breaking.arm(0, after_effect=False)

    assert died > len(events)
    assert suspicion(channel, now).by_signal == {"out_of_region": 5, "box_cluster": 1}
    for code in codes:
        found = story(code, now)
        assert [row.first for row in found.history] == [False, True]
        assert found.scan_count == 2
