"""Who stands behind a shared code when."""

from __future__ import annotations

from datetime import datetime

import pytest

from chalicelib.guides.contact_ways.rules import Hours, Turn, is_open, on_duty
from chalicelib.kernel.clock import SHANGHAI, from_datetime

ALWAYS, CAPPED = Turn("gde_a", "a"), Turn("gde_b", "b", daily_cap=2)
BACKUP = Turn("gde_z", "z")


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-05T08:59", False),
        ("2026-01-05T09:00", True),
        ("2026-01-05T17:59", True),
        ("2026-01-05T18:00", False),
        ("2026-01-10T10:00", False),
    ],
)
def test_hours_hold_on_their_days_from_the_first_minute_to_before_the_last(moment: str, expected: bool) -> None:
    working = Hours("09:00", "18:00", (1, 2, 3, 4, 5))

    assert is_open([working], at(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-01-10T23:30", True), ("2026-01-11T01:59", True), ("2026-01-11T02:00", False), ("2026-01-11T23:30", False)],
)
def test_a_night_belongs_to_the_day_it_began_on(moment: str, expected: bool) -> None:
    assert is_open([Hours("22:00", "02:00", (6,))], at(moment)) is expected


def test_whose_day_is_full_is_off_duty() -> None:
    assert on_duty([ALWAYS, CAPPED], [BACKUP], {"gde_b": 1}, at("2026-01-05T10:00")) == [ALWAYS, CAPPED]
    assert on_duty([ALWAYS, CAPPED], [BACKUP], {"gde_b": 2}, at("2026-01-05T10:00")) == [ALWAYS]


def test_backups_stand_in_when_nobody_may_and_everybody_when_there_are_none() -> None:
    full = {"gde_b": 5}

    assert on_duty([CAPPED], [BACKUP], full, at("2026-01-05T10:00")) == [BACKUP]
    assert on_duty([CAPPED], [], full, at("2026-01-05T10:00")) == [CAPPED]


def test_a_guide_with_two_stretches_stands_there_once() -> None:
    early, late = (
        Turn("gde_a", "a", hours=(Hours("08:00", "12:00"),)),
        Turn("gde_a", "a", hours=(Hours("11:00", "18:00"),)),
    )

    assert [turn.userid for turn in on_duty([early, late], [], {}, at("2026-01-05T11:30"))] == ["a"]
