"""Rules of campaigns."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.campaigns import rules, validation
from chalicelib.campaigns.rules import Campaign, Spec, Tier
from chalicelib.kernel.clock import DAY, HOUR
from chalicelib.kernel.errors import SiyuError

RANGE = (10, 20_000)
NOW = 1_800_000_000_000


def pot(**given: Any) -> Any:
    asked = {
        "total_fen": 5_000,
        "shares": 40,
        "split": "lucky",
        "min_fen": None,
        "amount_fen": None,
        "payer_range": RANGE,
        "most_fen": None,
        "seed": bytes(16),
    }
    return validation.pot_of(**{**asked, **given})


def spec(**given: Any) -> Spec:
    asked = Spec(
        name="春茶节",
        starts_at=NOW,
        ends_at=NOW + DAY,
        pot=pot(),
        reward_for=("invitee", "inviter"),
        tiers=(Tier(1, "draw"), Tier(3, "draw"), Tier(10, "gift", "一盒茶")),
        max_draws_per_member=3,
        max_fen_per_member_per_day=None,
        act="join",
        waiting_hours=0,
        risk={},
    )
    return msgspec.structs.replace(asked, **given)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"shares": 501}, "pot.total_fen"),
        ({"shares": 40, "min_fen": 126}, "pot.total_fen"),
        ({"min_fen": 9}, "pot.min_fen"),
        ({"total_fen": 800_001}, "pot.shares"),
        ({"split": "fixed", "amount_fen": 124}, "pot.total_fen"),
        ({"split": "equal", "total_fen": 399}, "pot.total_fen"),
        ({"most_fen": 100}, "pot.shares"),
    ],
)
def test_an_impossible_pot_is_refused_with_the_reason(asked: dict[str, Any], param: str) -> None:
    with pytest.raises(SiyuError) as refused:
        pot(**asked)

    assert refused.value.code == "impossible_pot"
    assert refused.value.param == param


def test_a_pot_that_is_split_at_the_end_has_room_for_so_many_people() -> None:
    assert pot(split="equal_at_end", total_fen=5_000, shares=500).shares == 500
    with pytest.raises(SiyuError):
        pot(split="equal_at_end", total_fen=5_000, shares=501)


@pytest.mark.parametrize(
    ("acted", "invites", "draws"),
    [(False, 0, 0), (True, 0, 1), (True, 1, 2), (True, 2, 2), (True, 3, 3), (True, 99, 3)],
)
def test_draws_are_earned_by_the_act_and_by_each_tier_that_was_reached(acted: bool, invites: int, draws: int) -> None:
    assert rules.draws_of(spec(), has_acted=acted, invites=invites) == draws


def test_an_inviter_earns_nothing_where_only_invitees_are_rewarded() -> None:
    assert rules.draws_of(spec(reward_for=("invitee",)), has_acted=True, invites=9) == 1


def test_an_invite_counts_for_people_new_to_the_brand_inside_the_window() -> None:
    offer = spec()

    assert rules.is_valid_invite(offer, member_since=NOW, joined_at=NOW + HOUR)
    assert not rules.is_valid_invite(offer, member_since=NOW - 1, joined_at=NOW + HOUR)
    assert not rules.is_valid_invite(offer, member_since=NOW, joined_at=NOW + DAY)


def test_settings_that_platforms_punish_are_warned_of() -> None:
    told = validation.warnings(spec(), NOW)

    assert any("invites" in text for text in told)
    assert validation.warnings(spec(reward_for=("invitee",), tiers=(), pot=pot(split="equal")), NOW) != told


def test_a_name_that_the_poster_can_not_draw_is_warned_of() -> None:
    usual = validation.warnings(spec(), NOW)

    boxes, *_ = told = [
        text for text in validation.warnings(spec(name="囍鑫喆𠮷\U0001f9e7\U00030ede"), NOW) if text not in usual
    ]

    assert len(told) == 1
    assert "\U0001f9e7 (U+1F9E7), \U00030ede (U+30EDE)" in boxes
    assert not set(boxes) & set("囍鑫喆𠮷")


def test_a_name_that_is_too_long_for_the_poster_is_warned_of() -> None:
    usual = validation.warnings(spec(), NOW)
    name = "春" * 45

    assert validation.warnings(spec(name=name), NOW) == usual
    assert any("“茶节”" in text for text in validation.warnings(spec(name=name + "茶节"), NOW))


@pytest.mark.parametrize(
    "given",
    [
        {"ends_at": NOW},
        {"tiers": (Tier(3, "draw"), Tier(1, "draw"))},
        {"tiers": (Tier(3, "gift"),)},
        {"tiers": ()},
    ],
)
def test_an_offer_that_can_not_be_kept_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SiyuError):
        validation.check(spec(**given), NOW)


@pytest.mark.parametrize(
    ("state", "later", "shown"),
    [
        ("draft", 0, "draft"),
        ("published", -1, "scheduled"),
        ("published", 0, "running"),
        ("paused", 0, "paused"),
        ("published", DAY, "ended"),
        ("ended", 0, "ended"),
    ],
)
def test_the_shown_state_follows_the_clock(state: str, later: int, shown: str) -> None:
    campaign = Campaign(campaign_id="cmp_x", state=state, version=1, made_at=NOW, spec=spec())

    assert rules.state_at(campaign, NOW + later) == shown


def test_the_last_bucket_holds_what_is_left() -> None:
    campaign = Campaign(campaign_id="cmp_x", state="draft", version=1, made_at=NOW, spec=spec())

    assert [campaign.capacity(bucket) for bucket in range(campaign.buckets)] == [38, 2]
