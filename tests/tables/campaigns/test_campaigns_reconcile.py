"""Whatever streams and queues lose, the reconciler finds from the buckets."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from chalicelib.campaigns.packets import drawing, reconcile
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.packets.drawing import Drawn
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.payouts import rules as payout_rules
from chalicelib.payouts import sending
from chalicelib.payouts import service as payouts
from chalicelib.payouts import tables as payout_tables
from tests.support import drain
from tests.tables.payouts.capacity import measured


class Lost(NamedTuple):
    """A campaign, and what each member drew in it."""

    campaign_id: str
    drawn: dict[str, Drawn]


@pytest.fixture
def lost(make_campaign: Callable[..., Campaign], make_member: Callable[..., str]) -> Lost:
    """Three members have drawn the three shares; every record of the stream is lost."""
    campaign_id = make_campaign(total_fen=600, shares=3).campaign_id
    drawn = {}
    for _ in range(3):
        member_id = make_member()
        participants.join(campaign_id, member_id, None, clock.now())
        drawn[member_id] = drawing.draw(campaign_id, member_id, 1, clock.now())
    return Lost(campaign_id, drawn)


def reconciled(lost: Lost) -> int:
    return reconcile.reconcile(lost.campaign_id, 1, 0, clock.now())


def end(lost: Lost, state: str) -> None:
    """WeChat Pay ends every payout, and nobody is told."""
    for member_id, found in lost.drawn.items():
        row = payouts.find(source="packet", source_id=found.packet_id, member_id=member_id)
        assert row is not None
        payout_tables.begin_sending(member_id, row["sk"], clock.now())
        number = payout_rules.out_bill_no(row["sk"], row["attempt"])
        sending.receive_notification(number, state, found.amount_fen, None, clock.now())


def test_drawn_shares_become_packets_and_payouts_although_every_record_was_lost(lost: Lost) -> None:
    for _ in range(2):
        assert reconciled(lost) == 0

    for member_id, found in lost.drawn.items():
        row = payouts.find(source="packet", source_id=found.packet_id, member_id=member_id)
        assert row is not None
        assert row["amount_fen"] == found.amount_fen
    counted = [row for row in packet_tables.counters(lost.campaign_id) if row["sk"] == "MONEY"]
    assert sum(row["drawn_n"] for row in counted) == 3


@pytest.mark.parametrize(("state", "paid", "released"), [("SUCCESS", 600, 0), ("FAIL", 0, 600)])
def test_ends_that_nobody_was_told_of_are_counted_once(lost: Lost, state: str, paid: int, released: int) -> None:
    reconciled(lost)
    end(lost, state)

    assert [reconciled(lost), reconciled(lost), reconciled(lost)] == [0, 3, 0]

    told = reports.report(lost.campaign_id, clock.now())
    assert (told.drawn_fen, told.paid_fen, told.released_fen) == (600, paid, released)


def test_what_has_ended_is_not_looked_at_again(lost: Lost) -> None:
    reconciled(lost)
    end(lost, "SUCCESS")
    reconciled(lost)
    reconciled(lost)

    with measured() as spent:
        reconciled(lost)

    # The campaign's row, strongly, and the block's bits.
    assert (spent.wru, spent.rru) == (0, 1.5)


def test_every_block_of_a_pot_that_runs_is_asked_for(make_campaign: Callable[..., Campaign]) -> None:
    campaign = make_campaign(total_fen=200_000, shares=38 * 40)
    drain(reconcile.QUEUE)

    reconcile.plan(clock.now())

    asked = [event["data"] for event in drain(reconcile.QUEUE)]
    assert [one["block"] for one in asked if one["campaign_id"] == campaign.campaign_id] == [0, 1]
