"""Routes by which operators make and steer campaigns."""

from __future__ import annotations

import secrets

from msgspec.structs import asdict

from chalicelib.campaigns import repository, rules, service, validation
from chalicelib.campaigns.fraud import rules as fraud_rules
from chalicelib.campaigns.pot import split
from chalicelib.campaigns.rules import Spec, Tier
from chalicelib.campaigns.schemas import CampaignView, Created, NewCampaign, Risk
from chalicelib.campaigns.views import campaign_view
from chalicelib.kernel.clock import Millis, from_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.runtime.settings import settings

api = Api(__name__)


@api.post("/admin/campaigns", allow=ADMIN, creates="campaign", status=201, errors=("impossible_pot", "refused"))
def create_campaign(body: NewCampaign, new_id: str, now: Millis) -> Created:
    """Make a campaign, not yet published."""
    made, warnings = service.create_campaign(new_id, _spec(body), now)
    return Created(made.campaign_id, rules.state_at(made, now), warnings)


@api.get("/admin/campaigns", allow=ADMIN, errors=("invalid_cursor",))
def list_campaigns(query: Listing, now: Millis) -> Listed[CampaignView]:
    """List campaigns."""
    rows, cursor = service.list_campaigns(query.limit, query.cursor)
    return Listed([campaign_view(repository.of_row(row), now) for row in rows], cursor)


@api.post("/admin/campaigns/{campaign_id}/publish", allow=ADMIN, errors=("not_found", "conflict"))
def publish_campaign(campaign_id: str, now: Millis) -> CampaignView:
    """Let a campaign run from its starts_at."""
    return campaign_view(service.step_campaign(campaign_id, "publish", now), now)


@api.post("/admin/campaigns/{campaign_id}/pause", allow=ADMIN, errors=("not_found", "conflict"))
def pause_campaign(campaign_id: str, now: Millis) -> CampaignView:
    """Stop joining and drawing for a while; what was drawn is paid."""
    return campaign_view(service.step_campaign(campaign_id, "pause", now), now)


@api.post("/admin/campaigns/{campaign_id}/resume", allow=ADMIN, errors=("not_found", "conflict"))
def resume_campaign(campaign_id: str, now: Millis) -> CampaignView:
    """Let a paused campaign go on."""
    return campaign_view(service.step_campaign(campaign_id, "resume", now), now)


@api.post("/admin/campaigns/{campaign_id}/end", allow=ADMIN, errors=("not_found", "conflict"))
def end_campaign(campaign_id: str, now: Millis) -> CampaignView:
    """End a campaign early; what was drawn is paid."""
    return campaign_view(service.step_campaign(campaign_id, "end", now), now)


def _spec(body: NewCampaign) -> Spec:
    return Spec(
        name=body.name,
        starts_at=from_rfc3339(body.starts_at, "starts_at"),
        ends_at=from_rfc3339(body.ends_at, "ends_at"),
        pot=_pot(body),
        reward_for=tuple(sorted(set(body.reward_for))),
        tiers=tuple(Tier(tier.invites, tier.reward, tier.gift) for tier in body.tiers),
        max_draws_per_member=body.max_draws_per_member,
        max_fen_per_member_per_day=body.max_fen_per_member_per_day,
        act=body.act,
        waiting_hours=body.waiting_hours,
        risk=_limits(body.risk),
        organiser=body.organiser,
        contact=body.contact,
        terms=body.terms,
    )


def _limits(risk: Risk | str) -> dict[str, int]:
    given = asdict(risk) if isinstance(risk, Risk) else {}
    return fraud_rules.DEFAULTS | {name: limit for name, limit in given.items() if limit is not None}


def _pot(body: NewCampaign) -> split.Pot:
    a_day = body.max_fen_per_member_per_day
    return validation.pot_of(
        total_fen=body.pot.total_fen,
        shares=body.pot.shares,
        split=body.pot.split,
        min_fen=body.pot.min_fen,
        amount_fen=body.pot.amount_fen,
        payer_range=(settings().payout_min_fen, settings().payout_max_fen),
        # The day's limit is kept by the size of the shares: all of a member's draws together stay below it.
        most_fen=None if a_day is None else a_day // body.max_draws_per_member,
        seed=secrets.token_bytes(16),
    )
