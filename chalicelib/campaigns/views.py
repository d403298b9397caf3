"""Campaigns as the routes answer them."""

from __future__ import annotations

from chalicelib.campaigns import rules
from chalicelib.campaigns.rules import Campaign
from chalicelib.campaigns.schemas import CampaignView, PublicPot
from chalicelib.kernel.clock import Millis, to_rfc3339


def campaign_view(campaign: Campaign, now: Millis) -> CampaignView:
    """A campaign as everybody may see it."""
    spec = campaign.spec
    pot = spec.pot
    return CampaignView(
        campaign_id=campaign.campaign_id,
        name=spec.name,
        state=rules.state_at(campaign, now),
        starts_at=to_rfc3339(spec.starts_at),
        ends_at=to_rfc3339(spec.ends_at),
        pot=PublicPot(pot.total_fen, pot.shares, pot.split, pot.min_fen, pot.max_fen),
        reward_for=list(spec.reward_for),
        tiers=list(spec.tiers),
        max_draws_per_member=spec.max_draws_per_member,
        act=spec.act,
        waiting_hours=spec.waiting_hours,
        version=campaign.version,
        organiser=spec.organiser,
        contact=spec.contact,
        terms=spec.terms,
    )
