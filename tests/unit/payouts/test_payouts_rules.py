"""Rules of a payout's life, and what its changes tell."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY, HOUR, MINUTE
from chalicelib.payouts import events, rules
from chalicelib.runtime.events.functions import Change

PAYOUT: dict[str, Any] = {
    "pk": "MBR#mbr_1",
    "sk": "pay_1",
    "st": "RESERVED",
    "amount_fen": 123,
    "attempt": 1,
    "src": "packet",
    "src_id": "pkt_1",
    "bill": "{}",
}


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    change = Change(event_id="1", old=old, new=new, sequence="1", at=1)
    return [(event.type, event.event_id) for event in events.events_of(change)]


def test_a_number_has_32_letters_and_digits_and_belongs_to_one_attempt() -> None:
    payout_id = ids.derived_id("payout", "packet", "1")

    numbers = {rules.out_bill_no(payout_id, attempt): attempt for attempt in (1, 2, 1023)}

    assert len(numbers) == 3
    assert all(len(number) == 32 and number.isalnum() and number.isascii() for number in numbers)
    assert [rules.read_number(number) for number in numbers] == [(payout_id, 1), (payout_id, 2), (payout_id, 1023)]


@pytest.mark.parametrize("number", ["", "A" * 32, "plfk2020042013", "0" * 28 + "0000", "é" * 32])
def test_a_number_that_is_not_ours_leads_nowhere(number: str) -> None:
    assert rules.read_number(number) is None


def test_a_frozen_bill_comes_back_unchanged_under_the_attempts_number() -> None:
    bill = rules.bill(
        number="A" * 32,
        openid="o-1",
        amount_fen=123,
        remark="红" * 40,
        scene="1005",
        report=("导购", "佣" * 40),
        notify_url="https://example.com/x",
    )

    again = rules.thaw(rules.freeze(bill), "B" * 32)

    assert again.out_bill_no == "B" * 32
    assert rules.freeze(rules.thaw(rules.freeze(bill), "A" * 32)) == rules.freeze(bill)
    assert [len(text) for text in (again.remark, again.report_infos[1].info_content)] == [32, 32]
    assert [info.info_type for info in again.report_infos] == ["岗位类型", "报酬说明"]


@pytest.mark.parametrize(
    ("age", "next_look"),
    [
        (10 * MINUTE, HOUR),
        (HOUR, 7 * HOUR),
        (23 * HOUR, DAY + 10 * MINUTE),
        (DAY + 10 * MINUTE, DAY + 6 * HOUR + 10 * MINUTE),
    ],
)
def test_open_payouts_are_looked_at_ever_less_often_and_just_after_their_day(age: int, next_look: int) -> None:
    assert rules.next_follow_up(0, age) == next_look


def test_every_attempt_is_requested_and_every_end_told_once() -> None:
    sending = {**PAYOUT, "st": "SENDING"}
    failed = {**PAYOUT, "st": "FAILED"}
    again = {**PAYOUT, "attempt": 2}

    assert told({}, PAYOUT) == [("payout.requested", "requested:pay_1:1")]
    assert told(PAYOUT, sending) == []
    assert told(sending, failed) == [("payout.settled", "settled:pay_1:1")]
    assert told(failed, again) == [("payout.requested", "requested:pay_1:2")]
    assert told(failed, {**failed, "st": "RELEASED"}) == []
    assert told(failed, {}) == []


def test_the_rows_beside_a_payout_tell_nothing() -> None:
    assert told({}, {"pk": "LOOK#01", "sk": "1#pay_1", "member_id": "mbr_1", "since": 1}) == []
    assert told({}, {"pk": "pay_1", "sk": "OWNER", "member_id": "mbr_1"}) == []


def test_a_payout_that_needs_a_name_is_requested_when_it_has_one() -> None:
    nameless = {**PAYOUT, "needs": "name"}

    assert told({}, nameless) == []
    assert told(nameless, {**PAYOUT, "sealed_name": "…"}) == [("payout.requested", "requested:pay_1:1")]
