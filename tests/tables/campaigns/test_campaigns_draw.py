"""The pot under many hands: never overspent, everybody once, repeated draws meet their first packet."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets.drawing import Drawn
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel import clock, ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from tests.tables.payouts.capacity import measured

MakeCampaign = Callable[..., Campaign]


def new_member() -> str:
    """Id of a new member."""
    identities = {"openid": f"o-{secrets.token_hex(10)}"}
    return members.recognise(identities, channel_id=None, origin="mini_program", now=clock.now()).member_id


def joined(campaign: Campaign, people: int) -> list[str]:
    """Ids of members who have joined."""
    now = clock.now()
    member_ids = [new_member() for _ in range(people)]
    for member_id in member_ids:
        participants.join(campaign.campaign_id, member_id, None, now)
    return member_ids


def try_draw(campaign: Campaign, member_id: str, draw_no: int = 1) -> Drawn | str:
    """The packet, or the code of the refusal."""
    try:
        return drawing.draw(campaign.campaign_id, member_id, draw_no, clock.now())
    except SiyuError as error:
        return error.code


@pytest.mark.parametrize("doubled", [1, 2])
def test_a_pot_of_40_shares_under_16_threads_pays_exactly_40_packets(make_campaign: MakeCampaign, doubled: int) -> None:
    campaign = make_campaign()
    member_ids = joined(campaign, 60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda member: (member, try_draw(campaign, member)), member_ids * doubled))

    packets = {}
    for member_id, answer in answers:
        if isinstance(answer, Drawn):
            packets.setdefault(member_id, set()).add((answer.packet_id, answer.amount_fen))
    assert len(packets) == 40
    assert all(len(found) == 1 for found in packets.values())
    assert sum(amount for found in packets.values() for _, amount in found) == 5_000
    assert {answer for _, answer in answers if isinstance(answer, str)} == {"pot_empty"}
    assert reports.report(campaign.campaign_id, clock.now()).remaining_fen == 0


def test_a_drawn_share_stays_its_owners_when_the_pot_is_empty(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign(total_fen=600, shares=3)
    member_ids = joined(campaign, 4)

    first = [try_draw(campaign, member) for member in member_ids]
    again = [try_draw(campaign, member) for member in member_ids]

    assert first[3] == "pot_empty"
    assert first == again


def test_an_empty_pot_costs_late_comers_no_write(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign(total_fen=600, shares=3)
    member_ids = joined(campaign, 6)
    for member_id in member_ids[:5]:
        try_draw(campaign, member_id)

    with measured() as spent:
        assert try_draw(campaign, member_ids[5]) == "pot_empty"

    assert spent.wru == 0


def test_a_draw_costs_one_write_and_half_a_read_besides_the_header(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign()
    (member_id,) = joined(campaign, 1)

    with measured() as spent:
        try_draw(campaign, member_id)

    # The header costs another half here because the tests' cache lasts 0 seconds.
    assert (spent.wru, spent.rru) == (1, 0.5 + 0.5)


def test_the_last_draw_of_a_full_bucket_still_costs_one_write(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign(total_fen=3_800, shares=38)
    member_ids = joined(campaign, 38)
    for member_id in member_ids[:37]:
        try_draw(campaign, member_id)

    with measured() as spent:
        assert isinstance(try_draw(campaign, member_ids[37]), Drawn)

    assert spent.wru == 1


def test_joining_costs_one_write(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign()
    member_id = new_member()

    with measured() as spent:
        participants.join(campaign.campaign_id, member_id, None, clock.now())

    # The profile, and the header because the tests' cache lasts 0 seconds.
    assert (spent.wru, spent.rru) == (1, 0.5 + 0.5)


@pytest.mark.parametrize("doubled", [1, 2])
def test_a_pot_with_many_buckets_is_drained_to_the_last_share(make_campaign: MakeCampaign, doubled: int) -> None:
    shares = 17 * 38 + 5
    campaign = make_campaign(total_fen=shares * 50, shares=shares)
    names = [f"{place:022d}0" for place in range(shares + 20)]

    def take(name: str) -> Any:
        try:
            return name, pot_finder.draw(campaign, name, clock.now())
        except SiyuError as error:
            return name, error.code

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(take, names * doubled))

    found: dict[str, set[tuple[int, int]]] = {}
    for name, place in places:
        if isinstance(place, pot_finder.Place):
            found.setdefault(name, set()).add((place.bucket, place.slot))
    assert len(found) == shares
    assert all(len(seats) == 1 for seats in found.values())
    assert len({seat for seats in found.values() for seat in seats}) == shares


def test_no_bucket_ever_holds_more_than_its_shares(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign()
    for member_id in joined(campaign, 45):
        try_draw(campaign, member_id)

    images = [pot_tables.find_bucket(pot_tables.bucket_key(campaign.campaign_id, 1, bucket)) for bucket in (0, 1)]

    assert [image["n"] for image in images] == [38, 2]
    assert [len(image.keys() - {"pk", "sk", "n"}) for image in images] == [38, 2]


def test_who_has_not_joined_draws_nothing(make_campaign: MakeCampaign) -> None:
    assert try_draw(make_campaign(), ids.new_id("member", clock.now())) == "nothing_to_draw"


def test_a_second_draw_must_be_earned(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign()
    (member_id,) = joined(campaign, 1)

    assert try_draw(campaign, member_id, 2) == "nothing_to_draw"


def test_a_paused_campaign_gives_nothing(make_campaign: MakeCampaign) -> None:
    campaign = make_campaign()
    (member_id,) = joined(campaign, 1)
    campaigns.step_campaign(campaign.campaign_id, "pause", clock.now())

    assert try_draw(campaign, member_id) == "campaign_not_running"
