"""Who is looked at, what an operator's word does, one person under several profiles, pots that are split at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.campaigns import jobs as campaign_jobs
from chalicelib.campaigns.fraud import reviews
from chalicelib.campaigns.fraud import rules as fraud_rules
from chalicelib.campaigns.invites import queries as invite_queries
from chalicelib.campaigns.invites import service as invites
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import merged_profiles
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign, Tier
from chalicelib.kernel import clock
from chalicelib.kernel.clock import DAY, HOUR
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import service as payouts
from tests.tables.campaigns.consuming import grow, keep

MakeCampaign = Callable[..., Campaign]
MakeMember = Callable[..., str]


def join(campaign: Campaign, member_id: str, invite: str | None = None, **traces: Any) -> participants.Part:
    part = participants.join(campaign.campaign_id, member_id, invite, clock.now(), **traces)
    grow(campaign, part.participant_id)
    return part


def try_draw(campaign: Campaign, member_id: str) -> str:
    try:
        return drawing.draw(campaign.campaign_id, member_id, 1, clock.now()).state
    except SiyuError as error:
        return error.code


def test_one_device_too_often_is_put_under_review_and_released(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(risk={"per_device": 2})
    people = [make_member() for _ in range(3)]
    parts = [join(campaign, who, device_id="D1") for who in people]

    (held,), _ = reviews.open_page(campaign.campaign_id, 10, None)
    assert (held.participant_id, held.rule) == (parts[2].participant_id, "per_device")
    assert len(held.inputs["participants"]) == 2
    assert [try_draw(campaign, who) for who in people] == ["sending", "sending", "under_review"]

    reviews.decide(campaign.campaign_id, parts[2].participant_id, "release", clock.now())
    reviews.decide(campaign.campaign_id, parts[2].participant_id, "release", clock.now())

    assert try_draw(campaign, people[2]) == "sending"
    assert reviews.open_page(campaign.campaign_id, 10, None) == ([], None)
    with pytest.raises(SiyuError) as refused:
        reviews.decide(campaign.campaign_id, parts[2].participant_id, "reject", clock.now())
    assert refused.value.code == "conflict"


@pytest.mark.parametrize(("decision", "state"), [("release", "asked"), ("reject", "released")])
def test_a_share_drawn_before_the_review_is_held_until_somebody_decides(
    make_campaign: MakeCampaign, make_member: MakeMember, decision: Any, state: str
) -> None:
    campaign = make_campaign(risk={"per_device": 1})
    join(campaign, make_member(), device_id="D2")
    member_id = make_member()
    part = participants.join(campaign.campaign_id, member_id, None, clock.now(), device_id="D2")
    assert try_draw(campaign, member_id) == "sending"

    keep(campaign, part.participant_id)

    assert [row["state"] for row in packets.waiting_of(member_id)] == ["under_review"]
    assert payouts.of_member(member_id, 10, None)[0] == []
    reviews.decide(campaign.campaign_id, part.participant_id, decision, clock.now())
    keep(campaign, part.participant_id)
    assert [row["st"] for row in packet_tables.packets_of(member_id)] == [state]
    assert len(payouts.of_member(member_id, 10, None)[0]) == (decision == "release")


def test_a_share_that_the_stream_dates_a_little_ahead_is_held_too(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(risk={"per_device": 1})
    join(campaign, make_member(), device_id="D5")
    member_id = make_member()
    part = participants.join(campaign.campaign_id, member_id, None, clock.now(), device_id="D5")
    assert try_draw(campaign, member_id) == "sending"

    keep(campaign, part.participant_id, ahead=HOUR)

    assert [row["st"] for row in packet_tables.packets_of(member_id)] == ["held"]


def test_what_was_paid_is_not_touched_by_a_later_review(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign(risk={"per_device": 1})
    member_id = make_member()
    part = join(campaign, member_id, device_id="D3")
    keep(campaign, part.participant_id)
    join(campaign, make_member(), device_id="D3")

    (held,), _ = reviews.open_page(campaign.campaign_id, 10, None)

    assert held.participant_id != part.participant_id
    assert [row["st"] for row in packet_tables.packets_of(member_id)] == ["asked"]


def test_an_invitee_under_review_counts_only_when_released(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(risk={"per_device": 1}, reward_for=("inviter",), tiers=(Tier(1, "draw"),))
    inviter = make_member()
    top = join(campaign, inviter, device_id="D4")
    part = join(campaign, make_member(), top.invite, device_id="D4")
    assert participants.my_part(campaign.campaign_id, inviter, clock.now()).invites == 0

    reviews.decide(campaign.campaign_id, part.participant_id, "release", clock.now())

    assert participants.my_part(campaign.campaign_id, inviter, clock.now()).invites == 1


def test_addresses_count_by_the_hour_and_trusted_ones_do_not(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(risk={"per_address_per_hour": 1})
    join(campaign, make_member(), address="203.0.113.7")
    second = join(campaign, make_member(), address="203.0.113.7")
    join(campaign, make_member(), address="")

    held, _ = reviews.open_page(campaign.campaign_id, 10, None)

    assert [one.participant_id for one in held] == [second.participant_id]
    row = participant_tables.find_participant(second.participant_id) or {}
    assert "203.0.113.7" not in str(row)


def test_the_defaults_leave_an_ordinary_chain_alone(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign(risk=fraud_rules.DEFAULTS)
    invite = None
    for _ in range(7):
        invite = join(campaign, make_member(), invite).invite

    assert reviews.open_page(campaign.campaign_id, 10, None) == ([], None)


def test_a_chain_of_forty_levels_is_counted_drawn_and_shown(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign()
    chain: list[participants.Part] = []
    for _ in range(41):
        chain.append(join(campaign, make_member(), chain[-1].invite if chain else None))

    report = reports.report(campaign.campaign_id, clock.now())
    nodes, _ = invite_queries.tree(campaign.campaign_id, chain[20].participant_id, 10, None, clock.now())

    assert report.levels == [reports.Level(depth, 1, 1) for depth in range(41)]
    (deepest,) = report.deepest_chains
    assert deepest == (40, [part.participant_id for part in chain])
    assert [(node.participant_id, node.depth) for node in nodes] == [(chain[21].participant_id, 21)]


def test_a_stars_row_stays_small_and_every_invite_is_counted(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(reward_for=("inviter",), tiers=(Tier(1, "draw"),))
    star = join(campaign, make_member())
    for _ in range(30):
        join(campaign, make_member(), star.invite)

    row = participant_tables.find_participant(star.participant_id, strong=True) or {}
    report = reports.report(campaign.campaign_id, clock.now())
    seen: list[str] = []
    cursor: str | None = None
    while True:
        nodes, cursor = invite_queries.tree(campaign.campaign_id, star.participant_id, 7, cursor, clock.now())
        seen += [node.participant_id for node in nodes]
        if cursor is None:
            break

    assert len(row["invitees"]) == 21
    assert report.top_inviters[0] == (star.participant_id, 30)
    assert len(seen) == len(set(seen)) == 30


def test_a_merge_opens_no_second_draw(make_campaign: MakeCampaign, make_member: MakeMember, merge: Any) -> None:
    campaign = make_campaign()
    first, second = make_member(), make_member()
    for member_id in (first, second):
        part = join(campaign, member_id)
        if member_id == first:
            drawn = drawing.draw(campaign.campaign_id, first, 1, clock.now())
            keep(campaign, part.participant_id)

    merge(loser=second, survivor=first)
    invites.link_merged_profiles(first, clock.now())

    for member_id in (first, second):
        assert drawing.draw(campaign.campaign_id, member_id, 1, clock.now()).packet_id == drawn.packet_id
    assert packet_tables.packets_of(second) == []


def test_money_stops_at_a_merged_profile_that_drew_before_anybody_was_told_of_the_merge(
    make_campaign: MakeCampaign, make_member: MakeMember, merge: Any
) -> None:
    campaign = make_campaign()
    first, second = make_member(), make_member()
    parts = {member_id: join(campaign, member_id) for member_id in (first, second)}
    keep(campaign, parts[first].participant_id)
    merge(loser=second, survivor=first)
    assert try_draw(campaign, second) == "sending"

    invites.link_merged_profiles(first, clock.now())
    keep(campaign, parts[second].participant_id)

    assert [row["st"] for row in packet_tables.packets_of(second)] == ["released"]
    assert payouts.of_member(second, 10, None)[0] == []


def test_who_joined_under_an_alias_has_joined(make_campaign: MakeCampaign, make_member: MakeMember, merge: Any) -> None:
    campaign = make_campaign()
    first, second = make_member(), make_member()
    part = join(campaign, second)
    merge(loser=second, survivor=first)

    again = participants.join(campaign.campaign_id, first, None, clock.now())

    assert again.participant_id == part.participant_id
    assert try_draw(campaign, first) == "sending"
    assert participant_tables.find_participant(participant_names.participant_id(campaign.campaign_id, first)) is None
    assert merged_profiles.packet_of_merged_profile({"pk": part.participant_id}, 1) is None


def test_a_pot_that_is_split_at_the_end_gives_everybody_the_same(
    make_campaign: MakeCampaign, make_member: MakeMember, stack: str
) -> None:
    from tests.support import drain

    campaign = make_campaign(total_fen=1_000, shares=50, split="equal_at_end")
    people = [make_member() for _ in range(3)]
    for member_id in people:
        join(campaign, member_id)
        assert drawing.draw(campaign.campaign_id, member_id, 1, clock.now())[1:3] == (0, "waiting")
    drain("campaigns-packets")
    after = campaign.spec.ends_at + HOUR
    campaign_jobs.tend(after)
    campaign_jobs.tend(after)
    told = [one["data"] for one in drain("campaigns-packets") if one["data"]["campaign_id"] == campaign.campaign_id]
    for one in told * 2:
        packets.save_split(**one, at=after, now=after)

    amounts = sorted(row["amount_fen"] for who in people for row in packet_tables.packets_of(who))
    assert amounts == [333, 333, 334]
    assert (pot_tables.find_split(campaign.campaign_id) or {})["n"] == 3
    report = reports.report(campaign.campaign_id, after)
    assert (report.drawn_fen, report.remaining_fen) == (1_000, 0)
    with pytest.raises(SiyuError):
        drawing.draw(campaign.campaign_id, make_member(), 1, after + DAY)
