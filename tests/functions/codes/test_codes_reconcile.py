"""A claimed prize is asked for, whatever was lost on the way."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.codes.prizes.rules import Tier
from chalicelib.kernel.clock import HOUR, MINUTE, Millis

Mint = Callable[..., Any]
LATER = 3 * MINUTE


@pytest.fixture
def member(stack: str, now: Millis) -> str:
    from chalicelib.members import service as members

    identities = {"openid": f"o-{secrets.token_hex(8)}"}
    return str(members.recognise(identities, channel_id=None, origin="test", now=now).member_id)


def claim(code: str, member: str, now: Millis) -> Any:
    from chalicelib.codes.claims import service as claims

    return claims.claim(code, member, now, visit_id="c")


def reconcile(now: Millis) -> int:
    from chalicelib.codes.prizes import payments
    from chalicelib.payouts import service as payouts

    return payments.reconcile(payouts.request, now)


def asked_for(member: str) -> list[int]:
    from chalicelib.payouts import service as payouts

    return [row["amount_fen"] for row in payouts.of_member(member, 10, None)[0]]


def is_open(code: str) -> bool:
    from chalicelib.codes.prizes import tables as prize_tables

    return any(row["sk"] == code for row in prize_tables.due_rows(1 << 60))


@pytest.fixture(autouse=True)
def _settled(stack: str, now: Millis) -> None:
    """Nothing open from tests before."""
    from chalicelib.codes.prizes import tables as prize_tables

    for row in prize_tables.due_rows(1 << 60):
        prize_tables.close(row["sk"])


def test_a_claim_whose_event_was_lost_is_paid_once(mint: Mint, member: str, now: Millis) -> None:
    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    claim(code, member, now)

    early = reconcile(now + MINUTE)
    runs = [reconcile(now + LATER) for _ in range(2)]

    assert (early, runs) == (0, [1, 0])
    assert asked_for(member) == [188]
    assert not is_open(code)


def test_the_usual_way_leaves_nothing_open(mint: Mint, member: str, now: Millis) -> None:
    from chalicelib.codes.prizes import payments
    from chalicelib.payouts import service as payouts

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    claim(code, member, now)
    assert is_open(code)

    payments.pay(code, member, 188, ask=payouts.request, now=now)

    assert not is_open(code)
    assert reconcile(now + LATER) == 0


def test_a_code_without_a_prize_opens_nothing_and_claims_in_one_write(
    mint: Mint, member: str, now: Millis, calls: list[tuple[str, float]]
) -> None:
    _, (code, *_) = mint()
    calls.clear()

    claim(code, member, now)

    assert [units for name, units in calls if name == "UpdateItem"] == [1.0]


def test_a_claim_that_never_happened_is_forgotten_after_an_hour(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.prizes import tables as prize_tables

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    prize_tables.open_claim(code, "mbr_x", "o-x", now)

    assert reconcile(now + LATER) == 0
    assert is_open(code)
    assert reconcile(now + HOUR + 1) == 0
    assert not is_open(code)


def test_a_claim_that_begins_while_its_row_is_dropped_stays_open(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.prizes import tables as prize_tables

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    prize_tables.open_claim(code, "mbr_x", "o-x", now)
    (row,) = prize_tables.due_rows(now + 1)
    prize_tables.open_claim(code, "mbr_x", "o-x", now + HOUR)

    prize_tables.close_orphan(row)

    assert is_open(code)


def test_one_that_can_not_be_paid_does_not_stop_the_others(mint: Mint, member: str, now: Millis) -> None:
    from chalicelib.members import service as members

    identities = {"external_userid": f"wm-{secrets.token_hex(8)}"}
    unpayable = members.recognise(identities, channel_id=None, origin="test", now=now).member_id
    _, codes = mint(prizes=[Tier(188, 4)])
    claim(codes[0], unpayable, now)
    claim(codes[1], member, now)

    assert reconcile(now + LATER) == 1
    assert (is_open(codes[0]), is_open(codes[1])) == (True, False)
    assert reconcile(now + LATER + MINUTE) == 0


def test_the_owners_repeat_is_not_paid_again(mint: Mint, member: str, now: Millis) -> None:
    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    claim(code, member, now)
    reconcile(now + LATER)

    claim(code, member, now + LATER)
    reconcile(now + 3 * LATER)

    assert asked_for(member) == [188]
    assert not is_open(code)


def test_the_schedule_runs(mint: Mint, member: str, now: Millis) -> None:
    from functions.codes_reconcile import codes_reconcile

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    claim(code, member, now - HOUR)

    codes_reconcile(
        {
            "version": "0",
            "account": "",
            "region": "",
            "detail": {},
            "detail-type": "",
            "source": "",
            "time": "",
            "id": "",
            "resources": [],
        },
        None,
    )

    assert asked_for(member) == [188]


def test_the_account_that_claimed_first_is_paid_not_the_one_of_the_profile(
    mint: Mint, member: str, now: Millis
) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.payouts import service as payouts

    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    for openid in ("o-claimed", "o-again"):
        claims.claim(code, member, now, visit_id="c", openid=openid)

    reconcile(now + LATER)

    (payout,) = payouts.of_member(member, 10, None)[0]
    assert msgspec.json.decode(payout["bill"])["openid"] == "o-claimed"


def test_a_stranger_who_claims_a_code_too_is_not_paid(mint: Mint, member: str, now: Millis) -> None:
    from chalicelib.codes.claims import service as claims
    from chalicelib.kernel.errors import SiyuError
    from chalicelib.members import service as members
    from chalicelib.payouts import service as payouts

    identities = {"openid": f"o-{secrets.token_hex(8)}"}
    stranger = members.recognise(identities, channel_id=None, origin="test", now=now).member_id
    _, (code, *_) = mint(prizes=[Tier(188, 4)])
    claims.claim(code, member, now, visit_id="c", openid="o-owner")
    with pytest.raises(SiyuError):
        claims.claim(code, stranger, now, visit_id="s", openid="o-stranger")

    reconcile(now + LATER)

    (payout,) = payouts.of_member(member, 10, None)[0]
    assert msgspec.json.decode(payout["bill"])["openid"] == "o-owner"
    assert payouts.of_member(stranger, 10, None)[0] == []
