"""Joining and the invite tree."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns.invites import service as invites
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.participants.names import Invite
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign, Tier
from chalicelib.kernel import clock
from chalicelib.kernel.errors import SiyuError

MakeCampaign = Callable[..., Campaign]
MakeMember = Callable[..., str]


def join(campaign: Campaign, member_id: str, invite: str | None = None) -> participants.Part:
    return participants.join(campaign.campaign_id, member_id, invite, clock.now())


def grow(campaign: Campaign, part: participants.Part) -> None:
    invites.count_participant(campaign_id=campaign.campaign_id, participant_id=part.participant_id, now=clock.now())


def test_joining_twice_keeps_the_first_parent(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign()
    first, second = join(campaign, make_member()), join(campaign, make_member())
    child = make_member()

    join(campaign, child, first.invite)
    join(campaign, child, second.invite)

    row = participant_tables.find_participant(
        participant_names.participant_id(campaign.campaign_id, child), strong=True
    )
    assert row is not None
    assert row["parent_id"] == first.participant_id
    assert row["depth"] == 1


def test_nobody_becomes_their_own_parent(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign()
    member_id = make_member()
    own = join(campaign, member_id)

    again = join(campaign, member_id, own.invite)

    assert again == own
    assert "parent_id" not in (participant_tables.find_participant(own.participant_id, strong=True) or {})


def test_an_invite_has_32_characters_and_says_who_and_how_deep(make_campaign: MakeCampaign) -> None:
    campaign_id = make_campaign().campaign_id
    inviter = Invite(participant_names.participant_id(campaign_id, "mbr_x"), 26)

    token = participant_names.make_invite(campaign_id, inviter)

    assert len(token) == 32
    assert participant_names.read_invite(campaign_id, token) == inviter


def test_an_invite_of_another_campaign_is_refused(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    foreign = join(make_campaign(), make_member()).invite

    with pytest.raises(SiyuError) as refused:
        join(make_campaign(), make_member(), foreign)

    assert refused.value.code == "invalid_invite"


def test_a_name_in_the_pot_leads_back_to_participant_and_draw(make_campaign: MakeCampaign) -> None:
    campaign_id = make_campaign().campaign_id
    participant = participant_names.participant_id(campaign_id, "mbr_x")

    name = participant_names.name_in_pot(campaign_id, participant, 7)

    assert len(name) == 23
    assert participant_names.read_name(campaign_id, name) == (participant, 7)
    with pytest.raises(ValueError, match="not a name"):
        participant_names.read_name(campaign_id, "A" * 23)


def test_levels_are_counted_once_however_often_they_are_told(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign()
    part = join(campaign, make_member())
    chain = [part]
    for _ in range(5):
        part = join(campaign, make_member(), part.invite)
        chain.append(part)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: _grow_as_sqs_does(campaign, one), chain * 3))

    report = reports.report(campaign.campaign_id, clock.now())
    assert report.participants == 6
    assert report.by_depth == dict.fromkeys(range(6), 1)


def test_levels_beyond_one_counter_row_are_counted_too(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign()
    deep = participant_names.make_invite(
        campaign.campaign_id, Invite(participant_names.participant_id(campaign.campaign_id, "mbr_x"), 199)
    )
    grow(campaign, join(campaign, make_member(), deep))

    assert reports.report(campaign.campaign_id, clock.now()).by_depth == {200: 1}


def test_tiers_give_the_direct_inviter_draws(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign(reward_for=("invitee", "inviter"), tiers=(Tier(2, "draw"),))
    grandparent, parent = make_member(), make_member()
    top = join(campaign, grandparent)
    middle = join(campaign, parent, top.invite)
    grow(campaign, middle)

    for _ in range(3):
        child = join(campaign, make_member(), middle.invite)
        grow(campaign, child)
        grow(campaign, child)

    part = participants.my_part(campaign.campaign_id, parent, clock.now())
    assert (part.invites, part.draws) == (3, 2)
    assert participants.my_part(campaign.campaign_id, grandparent, clock.now()).draws == 1


def test_somebody_whom_the_brand_knew_does_not_count(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    known = make_member()
    inviter = make_member()
    now = clock.now()
    campaign = make_campaign(
        reward_for=("inviter",), tiers=(Tier(1, "draw"),), starts_at=now + 1, ends_at=now + 10_000_000
    )
    later = now + 1000
    top = participants.join(campaign.campaign_id, inviter, None, later)

    child = participants.join(campaign.campaign_id, known, top.invite, later)
    invites.count_participant(campaign_id=campaign.campaign_id, participant_id=child.participant_id, now=later)

    assert participants.my_part(campaign.campaign_id, inviter, later).invites == 0


def test_joining_is_over_with_the_campaign_but_the_part_stays(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign()
    member_id = make_member()
    part = join(campaign, member_id)
    campaigns.step_campaign(campaign.campaign_id, "end", clock.now())

    assert join(campaign, member_id) == part
    with pytest.raises(SiyuError) as refused:
        join(campaign, make_member())
    assert refused.value.code == "campaign_not_running"


def _grow_as_sqs_does(campaign: Campaign, part: participants.Part) -> None:
    """Told again when two writers met on one counter."""
    from botocore.exceptions import ClientError

    for _ in range(20):
        try:
            return grow(campaign, part)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
    raise AssertionError("the counters stayed contended")
