"""Campaigns and members on real tables."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns import validation
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import DAY
from chalicelib.members import service as members

MakeCampaign = Callable[..., Campaign]


@pytest.fixture
def make_campaign(stack: str) -> MakeCampaign:
    """A running campaign; by default 40 lucky shares of 50 yuan for whoever joins."""

    def make(total_fen: int = 5_000, shares: int = 40, **given: Any) -> Campaign:
        now = clock.now()
        pot = validation.pot_of(
            total_fen=total_fen,
            shares=shares,
            split=given.pop("split", "lucky"),
            min_fen=None,
            amount_fen=None,
            payer_range=(10, 20_000),
            most_fen=None,
            seed=secrets.token_bytes(16),
        )
        asked = {
            "name": "春茶节红包",
            "starts_at": now - 1000,
            "ends_at": now + DAY,
            "pot": pot,
            "reward_for": ("invitee",),
            "tiers": (),
            "max_draws_per_member": 3,
            "max_fen_per_member_per_day": None,
            "act": "join",
            "waiting_hours": 0,
            "risk": {},
        }
        campaign_id = ids.new_id("campaign", now)
        campaigns.create_campaign(campaign_id, Spec(**{**asked, **given}), now)
        return campaigns.step_campaign(campaign_id, "publish", now)

    return make


@pytest.fixture
def make_member(stack: str) -> Callable[..., str]:
    """A new member with an openid."""

    def make(openid: str = "") -> str:
        return members.recognise(
            {"openid": openid or f"o-{secrets.token_hex(10)}"},
            channel_id=None,
            origin="mini_program",
            now=clock.now(),
        ).member_id

    return make


@pytest.fixture
def merge(stack: str) -> Callable[..., None]:
    """Make one member an alias of another, as an operator's decision does."""

    def do(loser: str, survivor: str) -> None:
        from chalicelib.members.identity import merge_tables

        assert merge_tables.merge(members.current(loser, strong=True), [], survivor, [], clock.now())

    return do
