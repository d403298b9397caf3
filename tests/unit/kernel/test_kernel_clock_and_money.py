"""Time, money, errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel import clock, errors
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import WHOLE, share, yuan

LAST = clock.from_rfc3339("9999-12-31T23:59:59.999Z", "at")
MOMENTS = st.integers(0, LAST)
FEN = st.integers(-(10**12), 10**12)
RATES = st.integers(0, WHOLE)


@given(MOMENTS)
def test_a_moment_survives_its_text(moment: int) -> None:
    assert clock.from_rfc3339(clock.to_rfc3339(moment), "at") == moment


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_an_offset_names_the_same_moment(moment: int, minutes: int) -> None:
    local = moment + minutes * clock.MINUTE
    if not 0 <= local <= LAST:
        return
    sign, distance = "-" if minutes < 0 else "+", abs(minutes)
    text = clock.to_rfc3339(local).replace("Z", f"{sign}{distance // 60:02d}:{distance % 60:02d}")

    assert clock.from_rfc3339(text, "at") == moment


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds UTC
def test_datetimes_are_cut_to_the_millisecond(moment: datetime) -> None:
    millis = clock.from_datetime(moment)

    assert clock.to_rfc3339(millis)[:23] == f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-01-31",
        "2026-01-31T08:00:00",
        "2026-02-30T08:00:00Z",
        "2026-01-31T24:00:01Z",
        "2026-W01-1T00:00:00Z",
        "20260101T000000Z",
        "2026-01-01x00:00:00Z",
        "2026-01-01T00:00Z",
        "２０２６-01-01T00:00:00Z",
        "2026-01-01T00:00:00+08:00:30",
    ],
)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(SiyuError) as refused:
        clock.from_rfc3339(text, "starts_at")

    assert (refused.value.code, refused.value.param) == ("invalid_parameter", "starts_at")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+08:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-08:00", "0000-01-01T00:00:00Z"]
)
def test_a_time_that_could_not_be_written_again_is_refused(text: str) -> None:
    with pytest.raises(SiyuError):
        clock.from_rfc3339(text, "paid_at")


@pytest.mark.parametrize("text", ["2026-01-01t00:00:00z", "2026-01-01 00:00:00Z", "2026-01-01T08:00:00.000000+08:00"])
def test_the_other_spellings_of_rfc_3339_are_read(text: str) -> None:
    assert clock.from_rfc3339(text, "at") == 1_767_225_600_000


@pytest.mark.parametrize(
    ("moment", "day", "month"),
    [
        ("2026-01-31T15:59:59.999Z", "20260131", "2026-01"),
        ("2026-01-31T16:00:00.000Z", "20260201", "2026-02"),
        ("2025-12-31T16:00:00.000Z", "20260101", "2026-01"),
        ("2028-02-28T16:00:00.000Z", "20280229", "2028-02"),
    ],
)
def test_days_and_months_turn_at_midnight_in_shanghai(moment: str, day: str, month: str) -> None:
    at = clock.from_rfc3339(moment, "at")

    assert (clock.shanghai_day(at), clock.shanghai_month(at)) == (day, month)


@given(FEN, FEN, RATES)
def test_a_share_grows_with_the_amount(first: int, second: int, rate: int) -> None:
    low, high = sorted((first, second))

    assert share(low, rate) <= share(high, rate)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 2500), max_size=4))
def test_shares_of_a_whole_never_exceed_it(amount: int, rates: list[int]) -> None:
    shares = [share(amount, rate) for rate in rates]

    assert sum(shares) <= amount
    assert all(
        isinstance(part, int) and 0 <= amount * rate - part * WHOLE < WHOLE
        for part, rate in zip(shares, rates, strict=True)
    )


@given(FEN)
def test_yuan_reads_back_as_the_same_fen(amount: int) -> None:
    whole, _, cents = yuan(amount).lstrip("-").partition(".")

    assert int(whole) * 100 + int(cents) == abs(amount)
    assert yuan(amount).startswith("-") == (amount < 0)


def test_every_error_code_has_a_status_that_the_api_may_answer() -> None:
    assert set(errors.STATUS_OF_CODE.values()) <= {400, 401, 403, 404, 409, 413, 415, 422, 429, 500}


def test_an_error_with_an_unknown_code_can_not_be_made() -> None:
    with pytest.raises(KeyError):
        SiyuError("no_such_code", "x")


def test_not_found_echoes_no_more_than_an_id() -> None:
    refused = errors.not_found("member", "x" * 10_000)

    assert len(refused.message) < 200
    assert refused.param == "member_id"
    assert json.dumps(refused.message)
