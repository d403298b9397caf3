"""What counts where."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.insights import rules
from chalicelib.runtime.events.queues import Event

NOW = 1_767_225_600_123  # 2026-01-01 08:00 in China


@pytest.mark.parametrize(
    ("kind", "data", "adds"),
    [
        ("code.scanned", {"first": True}, {"scans": 1, "first_scans": 1}),
        ("code.scanned", {"first": False}, {"scans": 1}),
        ("member.joined", {"origin": "scan"}, {"members": 1, "conversions": 1}),
        ("member.joined", {"origin": "badge"}, {"members": 1}),
        ("packet.drawn", {"amount_fen": 88}, {"drawn_fen": 88}),
        ("payout.settled", {"state": "SUCCESS", "amount_fen": 88}, {"paid_fen": 88}),
        ("order.frozen", {"amount_fen": 9_900}, {"orders": 1, "order_fen": 9_900}),
        ("order.refunded", {"amount_fen": 100}, {"refunds_fen": 100}),
    ],
)
def test_each_event_adds_to_its_numbers(kind: str, data: dict[str, Any], adds: dict[str, int]) -> None:
    gain = rules.gain_of(Event("e1", kind, NOW, {"channel_id": "chn_1", **data}))

    assert gain == rules.Gain("20260101", "chn_1", adds)


@pytest.mark.parametrize(
    ("kind", "data"), [("payout.settled", {"state": "FAILED", "amount_fen": 88}), ("code.claimed", {})]
)
def test_what_counts_nowhere_adds_nothing(kind: str, data: dict[str, Any]) -> None:
    assert rules.gain_of(Event("e1", kind, NOW, data)) is None


def test_a_day_begins_at_midnight_in_china() -> None:
    before_midnight = NOW + 16 * 3_600_000 - 1_000

    days = [rules.gain_of(Event("e", "member.joined", at, {})) for at in (before_midnight, before_midnight + 1_000)]

    assert [day and day.day for day in days] == ["20260101", "20260102"]


def test_a_fact_told_twice_under_two_event_ids_has_one_key() -> None:
    told = [Event(name, "member.joined", NOW, {"member_id": "mbr_1"}) for name in ("a", "b")]
    orders = [Event(name, "order.frozen", NOW, {}) for name in ("a", "b")]

    assert len({rules.dedupe_of(event) for event in told}) == 1
    assert len({rules.dedupe_of(event) for event in orders}) == 2


def test_months_run_over_a_new_year() -> None:
    assert rules.months_between(NOW - 40 * 86_400_000, NOW) == ["202511", "202512", "202601"]
