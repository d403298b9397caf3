"""Whichever AWS call of a draw or of its packet a worker dies at, the share is drawn, counted and paid once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.payouts import service as payouts
from tests.tables.payouts.crashes import When, crashing_at, until_done


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_a_crash_in_joining_or_drawing_draws_one_share(
    make_campaign: Callable[..., Campaign], make_member: Callable[..., str], call: int, when: When
) -> None:
    campaign, member_id = make_campaign(), make_member()

    with crashing_at(call, when) as has_crashed:
        part = until_done(lambda: participants.join(campaign.campaign_id, member_id, None, clock.now()))
        drawn = until_done(lambda: drawing.draw(campaign.campaign_id, member_id, 1, clock.now()))

    assert has_crashed()
    assert part.draws == 1
    report = reports.report(campaign.campaign_id, clock.now())
    assert report.drawn_fen == drawn.amount_fen


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 7))
def test_a_crash_in_keeping_a_packet_counts_and_asks_once(
    make_campaign: Callable[..., Campaign], make_member: Callable[..., str], call: int, when: When
) -> None:
    campaign, member_id = make_campaign(), make_member()
    participant_id = participants.join(campaign.campaign_id, member_id, None, clock.now()).participant_id
    drawn = drawing.draw(campaign.campaign_id, member_id, 1, clock.now())
    name = participant_names.name_in_pot(campaign.campaign_id, participant_id, 1)
    place = pot_finder.draw(campaign, name, clock.now())
    assert place is not None
    share = {
        "campaign_id": campaign.campaign_id,
        "generation": 1,
        "bucket": place.bucket,
        "index": place.slot,
        "name": name,
    }

    with crashing_at(call, when) as has_crashed:
        until_done(lambda: packets.save_share(**share, at=1, now=clock.now()))
    packets.save_share(**share, at=1, now=clock.now())

    assert has_crashed()
    payout = payouts.find(source="packet", source_id=drawn.packet_id, member_id=member_id)
    assert payout is not None
    assert payout["amount_fen"] == drawn.amount_fen
    counted = _money_rows(campaign)
    assert sum(row["drawn_n"] for row in counted) == 1
    assert sum(row["drawn_fen"] for row in counted) == drawn.amount_fen
    assert pot_tables.find_bucket(pot_tables.bucket_key(campaign.campaign_id, 1, place.bucket))["n"] == 1


def _money_rows(campaign: Campaign) -> list[dict[str, int]]:
    from chalicelib.campaigns.packets import tables as packet_tables

    return [row for row in packet_tables.counters(campaign.campaign_id) if row["sk"] == "MONEY"]
