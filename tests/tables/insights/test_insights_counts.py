"""Counters are exact, whatever is delivered how often."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.insights import service
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.events.queues import Event

NOW = 1_767_225_600_123


@pytest.fixture
def channel(stack: str) -> str:
    """A channel that nobody else counts in."""
    return f"chn_{secrets.token_hex(8)}"


def _event(kind: str, channel: str | None, name: str, at: int = NOW, **data: Any) -> Event:
    return Event(f"{channel}:{name}", kind, at, {"channel_id": channel, **data})


def _of(channel: str) -> dict[str, int]:
    return dict(service.insights(NOW, NOW).by_channel.get(channel, {}))


def test_redelivered_events_do_not_change_the_numbers(channel: str) -> None:
    events = [
        _event("code.scanned", channel, "s1", first=True),
        _event("code.scanned", channel, "s2", first=False),
        _event("member.joined", channel, "m1", member_id=f"m{channel}", origin="scan"),
        _event("order.frozen", channel, "o1", amount_fen=9_900),
        _event("order.refunded", channel, "r1", amount_fen=900),
    ]

    first = [service.fold(event, NOW) for event in events]
    again = [service.fold(event, NOW) for event in events * 2]

    assert all(first)
    assert not any(again)
    assert _of(channel) == {
        "scans": 2,
        "first_scans": 1,
        "persons": 2,
        "members": 1,
        "conversions": 1,
        "orders": 1,
        "order_fen": 9_900,
        "refunds_fen": 900,
    }


def test_eight_workers_with_the_same_events_count_each_once(channel: str) -> None:
    events = [_event("code.scanned", channel, f"s{number}", first=False) for number in range(12)]

    with ThreadPoolExecutor(8) as pool:
        new = sum(pool.map(lambda event: service.fold(event, NOW), events * 8))

    assert new == 12
    assert _of(channel) == {"scans": 12, "persons": 12}


def test_a_batch_is_one_transaction_and_counts_every_dimension(channel: str) -> None:
    facts = {"first": True, "product_id": f"p{channel}", "batch_id": f"b{channel}", "city": "成都市", "device": channel}
    events = [_event("code.scanned", channel, f"s{number}", **facts) for number in range(10)]

    found = [service.fold_all(events, NOW), service.fold_all(events, NOW)]

    assert found == [11, 0]
    counted = service.insights(NOW, NOW)
    assert _of(channel) == {"scans": 10, "first_scans": 10, "persons": 1}
    assert counted.by_product[f"p{channel}"] == counted.by_batch[f"b{channel}"] == _of(channel)
    assert counted.by_city["成都"]["scans"] >= 10


def test_a_batch_with_some_that_were_counted_counts_the_others(channel: str) -> None:
    events = [_event("code.scanned", channel, f"s{number}", first=False) for number in range(60)]
    service.fold_all(events[::3], NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda part: service.fold_all(part, NOW), [events, events[10:40], events[::-1]]))

    assert _of(channel) == {"scans": 60, "persons": 60}


def test_a_person_is_counted_once_a_day(channel: str) -> None:
    day = 86_400_000
    for number, at in enumerate((NOW, NOW + 1, NOW + day)):
        service.fold(_event("code.scanned", channel, f"s{number}", at, first=False, member_id=f"m{channel}"), NOW)

    assert service.insights(NOW, NOW + day).by_channel[channel] == {"scans": 3, "persons": 2}


def test_a_city_told_later_is_counted_once(channel: str) -> None:
    scan = {"first": False, "city": "石嘴山", "visit_id": channel}
    before = service.insights(NOW, NOW).by_city.get("石嘴山", {}).get("scans", 0)

    for _ in range(2):
        service.fold(_event("code.located", channel, "located", **scan), NOW)

    assert service.insights(NOW, NOW).by_city["石嘴山"]["scans"] == before + 1
    assert _of(channel) == {}


def test_days_are_those_that_were_asked_for(channel: str) -> None:
    day = 86_400_000
    for number in range(4):
        service.fold(_event("code.scanned", channel, f"s{number}", NOW + number * day, first=True), NOW)

    found = service.insights(NOW + day, NOW + 2 * day)

    assert found.by_channel[channel]["scans"] == 2
    assert set(found.by_day) == {"20260102", "20260103"}


def test_what_belongs_to_no_channel_is_counted_too(channel: str) -> None:
    before = service.insights(NOW, NOW)

    service.fold(_event("packet.drawn", None, "p", packet_id=f"pkt{channel}", amount_fen=123), NOW)

    after = service.insights(NOW, NOW)
    assert after.total["drawn_fen"] - before.total["drawn_fen"] == 123
    assert None in after.by_channel


def test_a_range_is_forward_and_at_most_a_year(stack: str) -> None:
    for first, last in ((NOW, NOW - 1), (NOW - 400 * 86_400_000, NOW)):
        with pytest.raises(SiyuError):
            service.insights(first, last)
