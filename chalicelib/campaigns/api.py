"""Routes of campaigns: for operators, for members, and the public page's facts."""

from __future__ import annotations

import secrets

from chalice.app import Response
from msgspec.structs import asdict

from chalicelib.campaigns import current, drawing, rules, service, split
from chalicelib.campaigns.reports import report
from chalicelib.campaigns.rules import Campaign, Spec, Tier
from chalicelib.campaigns.shapes import (
    CampaignReport,
    Created,
    Drawing,
    Drawn,
    Joining,
    Level,
    NewCampaign,
    Part,
    Progress,
    PublicPot,
    Risk,
    Shown,
)
from chalicelib.kernel.clock import Millis, from_rfc3339, to_rfc3339
from chalicelib.runtime.auth import ADMIN, MEMBER, Caller
from chalicelib.runtime.http import SAFE_HEADERS, Api, Listed, Listing
from chalicelib.runtime.settings import settings

api = Api(__name__)


@api.post("/admin/campaigns", allow=ADMIN, creates="campaign", status=201, errors=("impossible_pot", "refused"))
def create_campaign(body: NewCampaign, new_id: str, now: Millis) -> Created:
    """Make a campaign, not yet published."""
    made, warnings = service.create_campaign(new_id, _spec(body), now)
    return Created(made.campaign_id, rules.shown_state(made, now), warnings)


@api.get("/admin/campaigns", allow=ADMIN, errors=("invalid_cursor",))
def list_campaigns(query: Listing, now: Millis) -> Listed[Shown]:
    """List campaigns."""
    page = service.list_campaigns(query.limit, query.cursor)
    return Listed([_shown(current.of_row(row), now) for row in page.items], page.cursor)


@api.post("/admin/campaigns/{campaign_id}/publish", allow=ADMIN, errors=("not_found", "conflict"))
def publish_campaign(campaign_id: str, now: Millis) -> Shown:
    """Let a campaign run from its starts_at."""
    return _shown(service.step_campaign(campaign_id, "publish", now), now)


@api.post("/admin/campaigns/{campaign_id}/pause", allow=ADMIN, errors=("not_found", "conflict"))
def pause_campaign(campaign_id: str, now: Millis) -> Shown:
    """Stop joining and drawing for a while; what was drawn is paid."""
    return _shown(service.step_campaign(campaign_id, "pause", now), now)


@api.post("/admin/campaigns/{campaign_id}/resume", allow=ADMIN, errors=("not_found", "conflict"))
def resume_campaign(campaign_id: str, now: Millis) -> Shown:
    """Let a paused campaign go on."""
    return _shown(service.step_campaign(campaign_id, "resume", now), now)


@api.post("/admin/campaigns/{campaign_id}/end", allow=ADMIN, errors=("not_found", "conflict"))
def end_campaign(campaign_id: str, now: Millis) -> Shown:
    """End a campaign early; what was drawn is paid."""
    return _shown(service.step_campaign(campaign_id, "end", now), now)


@api.get("/admin/campaigns/{campaign_id}/report", allow=ADMIN, errors=("not_found",))
def report_campaign(campaign_id: str, now: Millis) -> CampaignReport:
    """A campaign's money and tree in numbers."""
    found = report(campaign_id, now)
    levels = [Level(depth, people) for depth, people in found.by_depth.items()]
    return CampaignReport(
        campaign_id=campaign_id,
        state=found.state,
        funded_fen=found.funded_fen,
        drawn_fen=found.drawn_fen,
        paid_fen=found.paid_fen,
        released_fen=found.released_fen,
        remaining_fen=found.remaining_fen,
        participants=found.participants,
        max_depth=max(found.by_depth, default=0),
        by_depth=levels,
    )


@api.get("/campaigns/{campaign_id}", errors=("not_found",))
def get_campaign(campaign_id: str, now: Millis) -> Shown:
    """What a campaign offers."""
    return _shown(service.get_campaign(campaign_id, now), now)


@api.get("/campaigns/{campaign_id}/poster", content_type="image/svg+xml", errors=("invalid_invite", "not_found"))
def get_poster(campaign_id: str, query: Joining, now: Millis) -> Response:
    """A picture to show to friends, with the inviter's own mini-program code."""
    from chalicelib.campaigns.poster import draw_poster
    from chalicelib.wechat import connect

    campaign = service.get_campaign(campaign_id, now)
    picture = draw_poster(campaign, query.invite or "", connect.mini_program())
    return Response(picture, {"Content-Type": "image/svg+xml; charset=utf-8", **SAFE_HEADERS})


@api.post(
    "/campaigns/{campaign_id}/join",
    allow=MEMBER,
    errors=("not_found", "invalid_invite", "campaign_not_running"),
)
def join_campaign(campaign_id: str, body: Joining, caller: Caller, now: Millis) -> Part:
    """Take part, by an invite or without. Again: the same part."""
    return _part(service.join(campaign_id, caller.id, body.invite, now))


@api.get("/campaigns/{campaign_id}/me", allow=MEMBER, errors=("not_found",))
def my_part(campaign_id: str, caller: Caller, now: Millis) -> Part:
    """The member's part in a campaign."""
    return _part(service.my_part(campaign_id, caller.id, now))


@api.post(
    "/campaigns/{campaign_id}/draw",
    allow=MEMBER,
    errors=(
        "not_found",
        "nothing_to_draw",
        "pot_empty",
        "under_review",
        "campaign_not_running",
        "too_many_requests",
    ),
)
def draw(campaign_id: str, body: Drawing, caller: Caller, now: Millis) -> Drawn:
    """Draw a packet. The same draw_no is the same packet."""
    drawn = drawing.draw(campaign_id, caller.id, body.draw_no, now)
    return Drawn(drawn.packet_id, drawn.amount_fen, drawn.state, drawn.package_info)


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
        risk={} if body.risk == "default" else _limits(body.risk),
    )


def _limits(risk: Risk) -> dict[str, int]:
    return {name: limit for name, limit in asdict(risk).items() if limit is not None}


def _pot(body: NewCampaign) -> split.Pot:
    a_day = body.max_fen_per_member_per_day
    return rules.pot_of(
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


def _shown(campaign: Campaign, now: Millis) -> Shown:
    spec = campaign.spec
    pot = spec.pot
    return Shown(
        campaign_id=campaign.campaign_id,
        name=spec.name,
        state=rules.shown_state(campaign, now),
        starts_at=to_rfc3339(spec.starts_at),
        ends_at=to_rfc3339(spec.ends_at),
        pot=PublicPot(pot.total_fen, pot.shares, pot.split, pot.min_fen, pot.max_fen),
        reward_for=list(spec.reward_for),
        tiers=list(spec.tiers),
        max_draws_per_member=spec.max_draws_per_member,
        act=spec.act,
        waiting_hours=spec.waiting_hours,
        version=campaign.version,
    )


def _part(part: service.Part) -> Part:
    return Part(
        participant_id=part.participant_id,
        depth=part.depth,
        invite=part.invite,
        poster_url=part.poster_url,
        progress=Progress(part.invites, part.draws, part.next_tier),
        under_review=part.is_under_review,
    )
