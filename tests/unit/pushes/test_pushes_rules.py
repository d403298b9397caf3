"""The rules of pushes."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.clock import HOUR, SHANGHAI, from_datetime
from chalicelib.pushes import rules
from chalicelib.pushes.audience import pack_members, unpack_members
from chalicelib.runtime.rate_limit import Pacer


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"), [(7, 59, True), (8, 0, False), (21, 59, False), (22, 0, True), (0, 0, True)]
)
def test_quiet_hours_are_those_of_china(hour: int, minute: int, quiet: bool) -> None:
    moment = from_datetime(datetime(2026, 1, 31, hour, minute, tzinfo=SHANGHAI))

    assert rules.is_quiet(moment) is quiet


def test_fields_are_named_after_days_and_months_in_china() -> None:
    new_year = from_datetime(datetime(2027, 1, 1, 0, 30, tzinfo=SHANGHAI))

    assert rules.day_field(new_year) == "d270101"
    assert rules.month_fields(new_year) == ("k2701", "k2612")
    assert "k2611" in rules.stale_fields(new_year)
    assert "d261231" in rules.stale_fields(new_year)


@given(st.integers(1_700_000_000_000, 2_000_000_000_000))
def test_what_counts_is_never_stale(now: int) -> None:
    assert not {rules.day_field(now), *rules.month_fields(now)} & set(rules.stale_fields(now))


def test_a_message_keeps_to_the_templates_fields() -> None:
    message = rules.message_of({"title": "新茶\n上市", "text": "春" * 40})

    assert message["thing1"] == "新茶 上市"
    assert len(message["thing2"]) == rules.THING


@given(st.lists(st.integers(0, 2**128 - 1), max_size=20))
def test_packed_members_are_read_back(numbers: list[int]) -> None:
    from ulid import ULID

    member_ids = [f"mbr_{ULID.from_int(number)}" for number in numbers]

    assert unpack_members(pack_members(member_ids)) == member_ids


def test_a_worker_keeps_to_its_share_of_the_rate() -> None:
    waited: list[float] = []
    pacer = Pacer(50 / rules.WORKERS, lambda: 100.0 + sum(waited), waited.append)

    for _ in range(11):
        pacer.wait()

    assert sum(waited) == pytest.approx(10 * rules.WORKERS / 50)


def test_a_night_is_ten_hours() -> None:
    start = from_datetime(datetime(2026, 5, 1, tzinfo=SHANGHAI))

    assert sum(rules.is_quiet(start + hour * HOUR) for hour in range(24)) == 10
