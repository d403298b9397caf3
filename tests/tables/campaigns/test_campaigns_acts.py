"""Acts of other areas count in campaigns, whatever comes first; leaving takes back what is pending and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.campaigns.actions import service as actions
from chalicelib.campaigns.actions.service import QualifyingAction
from chalicelib.campaigns.gifts import tables as gift_tables
from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets import service as packets
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign, Tier
from chalicelib.kernel import clock
from chalicelib.kernel.clock import HOUR
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import service as payouts
from chalicelib.runtime.events.queues import Event
from tests.tables.campaigns.consuming import grow, keep

MakeCampaign = Callable[..., Campaign]
MakeMember = Callable[..., str]


ORDER = {"shop_id": "s", "order_id": "o"}


def join(campaign: Campaign, member_id: str, invite: str | None = None) -> participants.Part:
    part = participants.join(campaign.campaign_id, member_id, invite, clock.now())
    grow(campaign, part.participant_id)
    return part


def do(kind: Any, member_id: str, key: str = "k", *, at: int = 0, is_done: bool = True) -> None:
    actions.handle(QualifyingAction(kind, member_id, key, at or clock.now(), is_done), clock.now())


def draws(campaign: Campaign, member_id: str) -> int:
    return participants.my_part(campaign.campaign_id, member_id, clock.now()).draws


@pytest.mark.parametrize("kind", ["scan", "add_guide", "purchase"])
def test_an_act_after_joining_earns_a_draw(make_campaign: MakeCampaign, make_member: MakeMember, kind: Any) -> None:
    campaign, member_id = make_campaign(act=kind), make_member()
    join(campaign, member_id)
    before = draws(campaign, member_id)

    do(kind, member_id)
    do(kind, member_id)

    assert (before, draws(campaign, member_id)) == (0, 1)


def test_an_act_before_joining_counts_when_they_join(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign, member_id = make_campaign(act="scan"), make_member()
    do("scan", member_id)

    part = join(campaign, member_id)

    assert part.draws == 0
    assert draws(campaign, member_id) == 1
    assert reports.report(campaign.campaign_id, clock.now()).levels == [reports.Level(0, 1, 1)]


def test_an_act_outside_the_window_or_of_another_kind_does_not_count(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign, member_id = make_campaign(act="scan"), make_member()
    join(campaign, member_id)

    do("scan", member_id, at=campaign.spec.starts_at - 1)
    do("scan", member_id, at=campaign.spec.ends_at)
    do("purchase", member_id)

    assert draws(campaign, member_id) == 0


def test_one_code_is_one_persons_act(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign, first, second = make_campaign(act="scan"), make_member(), make_member()
    for member_id in (first, second):
        join(campaign, member_id)
        do("scan", member_id, "SAMECODE")

    assert (draws(campaign, first), draws(campaign, second)) == (1, 0)


def test_an_invite_counts_once_the_invitee_has_acted(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign = make_campaign(
        act="purchase", reward_for=("inviter",), tiers=(Tier(1, "draw"), Tier(2, "gift", "一盒茶"))
    )
    inviter = make_member()
    top = join(campaign, inviter)
    friends = [make_member(), make_member()]
    parts = [join(campaign, friend, top.invite) for friend in friends]
    before = participants.my_part(campaign.campaign_id, inviter, clock.now())

    for friend, part in zip(friends, parts, strict=True):
        do("purchase", friend, f"shop:{friend}")
        grow(campaign, part.participant_id)
        grow(campaign, part.participant_id)

    after = participants.my_part(campaign.campaign_id, inviter, clock.now())
    assert (before.invites, before.draws, after.invites, after.draws) == (0, 0, 2, 1)
    (gift,) = gift_tables.of_participant(campaign.campaign_id, top.participant_id)
    assert (gift["gift"], gift["st"]) == ("一盒茶", "reached")
    report = reports.report(campaign.campaign_id, clock.now())
    assert [(one.participant_id, one.invites) for one in report.top_inviters] == [(top.participant_id, 2)]


def test_leaving_in_the_waiting_period_takes_back_what_waits_also_the_inviters(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign = make_campaign(
        act="add_guide", waiting_hours=24, reward_for=("invitee", "inviter"), tiers=(Tier(1, "draw"),)
    )
    inviter, friend = make_member(), make_member()
    top = join(campaign, inviter)
    part = join(campaign, friend, top.invite)
    do("add_guide", friend, "gde_1")
    grow(campaign, part.participant_id)
    keep(campaign, part.participant_id)
    keep(campaign, top.participant_id)

    do("add_guide", friend, "gde_1", is_done=False)
    do("add_guide", friend, "gde_1", is_done=False)

    assert [row["st"] for who in (inviter, friend) for row in packet_tables.packets_of(who)] == ["released"] * 2
    assert draws(campaign, friend) == draws(campaign, inviter) == 0
    report = reports.report(campaign.campaign_id, clock.now())
    assert report.released_fen == report.drawn_fen > 0
    packets.pay_due(clock.now() + 25 * HOUR)
    assert payouts.of_member(friend, 10, None)[0] == []


def test_leaving_after_the_waiting_period_takes_nothing_back(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign, member_id = make_campaign(act="add_guide", waiting_hours=24), make_member()
    join(campaign, member_id)
    do("add_guide", member_id, "gde_1")

    do("add_guide", member_id, "gde_1", at=clock.now() + 25 * HOUR, is_done=False)

    assert draws(campaign, member_id) == 1


def test_what_was_asked_for_is_never_taken_back(make_campaign: MakeCampaign, make_member: MakeMember) -> None:
    campaign, member_id = make_campaign(act="purchase"), make_member()
    part = join(campaign, member_id)
    do("purchase", member_id, "shop:1")
    keep(campaign, part.participant_id)

    do("purchase", member_id, "shop:1", is_done=False)

    assert [row["st"] for row in packet_tables.packets_of(member_id)] == ["asked"]
    assert len(payouts.of_member(member_id, 10, None)[0]) == 1


def test_an_undoing_that_is_told_first_undoes_all_the_same(
    make_campaign: MakeCampaign, make_member: MakeMember
) -> None:
    campaign, member_id = make_campaign(act="purchase", waiting_hours=24), make_member()
    join(campaign, member_id)
    now = clock.now()

    do("purchase", member_id, "shop:1", at=now + 1, is_done=False)
    do("purchase", member_id, "shop:1", at=now)

    with pytest.raises(SiyuError) as refused:
        drawing.draw(campaign.campaign_id, member_id, 1, clock.now())
    assert refused.value.code == "nothing_to_draw"


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("scan.genuine", {"code": "C"}, ("scan", "C", True)),
        ("code.claimed", {"code": "C"}, ("scan", "C", True)),
        ("contact.changed", {"guide_id": "g", "followed": False}, ("add_guide", "g", False)),
        ("order.frozen", {**ORDER, "amount_fen": 5, "paid_at": 7}, ("purchase", "s:o", True)),
        (
            "order.refunded",
            {**ORDER, "rest_fen": 0, "recorded_at": 9},
            ("purchase", "s:o", False),
        ),
        ("order.refunded", {**ORDER, "rest_fen": 1, "recorded_at": 9}, None),
        ("order.frozen", {**ORDER, "amount_fen": 0, "paid_at": 7}, None),
        ("member.changed", {}, None),
    ],
)
def test_events_mean_acts(kind: str, data: dict[str, Any], expected: tuple[str, str, bool] | None) -> None:
    deed = actions.action_of(Event("e", kind, 7, {"member_id": "mbr_x", **data}))

    assert (deed and (deed.kind, deed.key, deed.is_done)) == expected
