"""Who is paid: the WeChat account that drew, whatever other accounts the person has or gets."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.campaigns import privacy
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock
from chalicelib.kernel.clock import HOUR
from chalicelib.payouts import service as payouts
from tests.tables.campaigns.consuming import keep
from tests.tables.payouts.capacity import measured

MakeCampaign = Callable[..., Campaign]
MakeMember = Callable[..., str]


@pytest.fixture
def accounts() -> tuple[str, str]:
    """Two openids of one person."""
    return f"o-{secrets.token_hex(10)}", f"o-{secrets.token_hex(10)}"


def join(campaign: Campaign, member_id: str, openid: str) -> str:
    return participants.join(campaign.campaign_id, member_id, None, clock.now(), openid=openid).participant_id


def draw(campaign: Campaign, member_id: str, openid: str) -> drawing.Drawn:
    return drawing.draw(campaign.campaign_id, member_id, 1, clock.now(), openid=openid)


def payees_of(member_id: str) -> list[str]:
    """Openids that a member's payouts go to."""
    rows, _ = payouts.of_member(member_id, 10, None)
    return [msgspec.json.decode(row["bill"])["openid"] for row in rows]


def test_who_draws_is_paid_although_their_profiles_were_merged(
    make_campaign: MakeCampaign, make_member: MakeMember, merge: Any, accounts: tuple[str, str]
) -> None:
    campaign, (older, newer) = make_campaign(), accounts
    survivor, member_id = make_member(older), make_member(newer)
    participant_id = join(campaign, member_id, newer)
    draw(campaign, member_id, newer)
    merge(loser=member_id, survivor=survivor)

    keep(campaign, participant_id)

    assert payees_of(member_id) == [newer]


def test_a_draw_by_another_account_than_the_one_that_joined_is_paid_to_it(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (first, second) = make_campaign(), accounts
    member_id = make_member(first)
    participant_id = join(campaign, member_id, first)

    with measured() as spent:
        draw(campaign, member_id, second)
    keep(campaign, participant_id)

    assert spent.wru == 2
    assert payees_of(member_id) == [second]


def test_a_packet_that_was_saved_keeps_its_payee(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (first, second) = make_campaign(waiting_hours=24), accounts
    member_id = make_member(first)
    participant_id = join(campaign, member_id, first)
    draw(campaign, member_id, first)
    keep(campaign, participant_id)

    again = draw(campaign, member_id, second)
    packets.pay_due(clock.now() + 25 * HOUR)

    assert again.state == "waiting"
    assert payees_of(member_id) == [first]


def test_the_account_that_joined_draws_with_one_write_and_no_read_more(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (openid, _) = make_campaign(), accounts
    member_id = make_member(openid)
    join(campaign, member_id, openid)

    with measured() as spent:
        draw(campaign, member_id, openid)

    # The header costs another half here because the tests' cache lasts 0 seconds.
    assert (spent.wru, spent.rru) == (1, 0.5 + 0.5)


def test_a_session_without_an_openid_is_paid_where_the_profile_says(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (openid, _) = make_campaign(), accounts
    member_id = make_member(openid)
    participant_id = join(campaign, member_id, "")
    draw(campaign, member_id, "")

    keep(campaign, participant_id)

    assert payees_of(member_id) == [openid]


def test_a_packet_that_was_asked_for_is_shown_although_its_payout_is_not_there_yet(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (openid, _) = make_campaign(waiting_hours=24), accounts
    member_id = make_member(openid)
    participant_id = join(campaign, member_id, openid)
    keep(campaign, participant_id)
    (packet,) = packet_tables.packets_of(member_id)
    packet_tables.ask(packet, openid)

    before = [row["state"] for row in packets.waiting_of(member_id)]
    keep(campaign, participant_id)

    assert before == ["sending"]
    assert packets.waiting_of(member_id) == []
    assert payees_of(member_id) == [openid]


def test_no_row_of_a_campaign_names_the_account_of_somebody_who_was_erased(
    make_campaign: MakeCampaign, make_member: MakeMember, accounts: tuple[str, str]
) -> None:
    campaign, (first, second) = make_campaign(waiting_hours=24), accounts
    member_id = make_member(first)
    participant_id = join(campaign, member_id, first)
    draw(campaign, member_id, second)
    keep(campaign, participant_id)
    (before,) = packet_tables.packets_of(member_id)

    privacy.forget(member_id)

    (after,) = packet_tables.packets_of(member_id)
    participant = participant_tables.find_participant(participant_id, strong=True)
    assert before["openid"] == second
    assert "openid" not in after
    assert after["st"] == packet_tables.RELEASED
    assert [one for one in accounts if one in str(participant)] == []
