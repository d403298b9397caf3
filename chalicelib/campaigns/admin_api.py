"""Routes of campaigns for operators."""

from __future__ import annotations

import secrets

from msgspec.structs import asdict

from chalicelib.campaigns import current, fraud, gifts, growth, offers, review, rules, service, split, tables_gifts
from chalicelib.campaigns.admin_shapes import (
    Address,
    CampaignReport,
    Chain,
    Created,
    Decided,
    Decision,
    GiftRow,
    Level,
    NewCampaign,
    Node,
    Reviewed,
    Risk,
    Shipping,
    TopInviter,
    TreeQuery,
)
from chalicelib.campaigns.presenting import shown
from chalicelib.campaigns.reports import report
from chalicelib.campaigns.rules import Spec, Tier
from chalicelib.campaigns.shapes import Shown
from chalicelib.kernel.clock import Millis, from_rfc3339, to_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.runtime.settings import settings

api = Api(__name__)

_MOST_SHOWN_UNDER_REVIEW = 100


@api.post("/admin/campaigns", allow=ADMIN, creates="campaign", status=201, errors=("impossible_pot", "refused"))
def create_campaign(body: NewCampaign, new_id: str, now: Millis) -> Created:
    """Make a campaign, not yet published."""
    made, warnings = service.create_campaign(new_id, _spec(body), now)
    return Created(made.campaign_id, rules.shown_state(made, now), warnings)


@api.get("/admin/campaigns", allow=ADMIN, errors=("invalid_cursor",))
def list_campaigns(query: Listing, now: Millis) -> Listed[Shown]:
    """List campaigns."""
    page = service.list_campaigns(query.limit, query.cursor)
    return Listed([shown(current.of_row(row), now) for row in page.items], page.cursor)


@api.post("/admin/campaigns/{campaign_id}/publish", allow=ADMIN, errors=("not_found", "conflict"))
def publish_campaign(campaign_id: str, now: Millis) -> Shown:
    """Let a campaign run from its starts_at."""
    return shown(service.step_campaign(campaign_id, "publish", now), now)


@api.post("/admin/campaigns/{campaign_id}/pause", allow=ADMIN, errors=("not_found", "conflict"))
def pause_campaign(campaign_id: str, now: Millis) -> Shown:
    """Stop joining and drawing for a while; what was drawn is paid."""
    return shown(service.step_campaign(campaign_id, "pause", now), now)


@api.post("/admin/campaigns/{campaign_id}/resume", allow=ADMIN, errors=("not_found", "conflict"))
def resume_campaign(campaign_id: str, now: Millis) -> Shown:
    """Let a paused campaign go on."""
    return shown(service.step_campaign(campaign_id, "resume", now), now)


@api.post("/admin/campaigns/{campaign_id}/end", allow=ADMIN, errors=("not_found", "conflict"))
def end_campaign(campaign_id: str, now: Millis) -> Shown:
    """End a campaign early; what was drawn is paid."""
    return shown(service.step_campaign(campaign_id, "end", now), now)


@api.get("/admin/campaigns/{campaign_id}/report", allow=ADMIN, errors=("not_found",))
def report_campaign(campaign_id: str, now: Millis) -> CampaignReport:
    """A campaign's money and tree in numbers, and who is under review."""
    found = report(campaign_id, now)
    held, _ = review.open_page(campaign_id, _MOST_SHOWN_UNDER_REVIEW, None)
    return CampaignReport(
        campaign_id=campaign_id,
        state=found.state,
        funded_fen=found.funded_fen,
        drawn_fen=found.drawn_fen,
        paid_fen=found.paid_fen,
        released_fen=found.released_fen,
        remaining_fen=found.remaining_fen,
        reoffered_fen=found.reoffered_fen,
        drawn_fen_per_hour=found.pace.drawn_fen_per_hour,
        empty_at=to_rfc3339(found.pace.empty_at) if found.pace.empty_at else None,
        participants=found.participants,
        conversions=sum(level.conversions for level in found.levels),
        max_depth=max(found.by_depth, default=0),
        by_depth=[Level(*level) for level in found.levels],
        top_inviters=[TopInviter(*top) for top in found.top_inviters],
        deepest_chains=[Chain(*chain) for chain in found.deepest_chains],
        under_review=[reviewed(one) for one in held],
    )


@api.get("/admin/campaigns/{campaign_id}/tree", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def show_tree(campaign_id: str, query: TreeQuery, now: Millis) -> Listed[Node]:
    """The invite tree, one participant's invitees at a time."""
    nodes, cursor = growth.tree(campaign_id, query.root, query.limit, query.cursor, now)
    return Listed(
        [Node(**{**node._asdict(), "joined_at": to_rfc3339(node.joined_at)}) for node in nodes],
        cursor,
    )


@api.get("/admin/campaigns/{campaign_id}/reviews", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_reviews_of_campaign(campaign_id: str, query: Listing, now: Millis) -> Listed[Reviewed]:
    """Who is under review, with the rule and what it saw."""
    service.get_campaign(campaign_id, now)
    held, cursor = review.open_page(campaign_id, query.limit, query.cursor)
    return Listed([reviewed(one) for one in held], cursor)


@api.post("/admin/campaigns/{campaign_id}/review", allow=ADMIN, errors=("not_found", "conflict"))
def review_participant(campaign_id: str, body: Decision, now: Millis) -> Decided:
    """Release or reject somebody under review. Nothing that was paid is touched."""
    review.decide(campaign_id, body.participant_id, body.decision, now)
    return Decided(body.participant_id, body.decision)


@api.get("/admin/campaigns/{campaign_id}/gifts", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_gifts(campaign_id: str, query: Listing, now: Millis) -> Listed[GiftRow]:
    """Gifts that were earned, with the addresses to ship them to."""
    service.get_campaign(campaign_id, now)
    page = tables_gifts.page(campaign_id, query.limit, query.cursor)
    return Listed([_gift(row) for row in page.items], page.cursor)


@api.post("/admin/campaigns/{campaign_id}/gifts/ship", allow=ADMIN, errors=("not_found", "conflict"))
def ship_gift(campaign_id: str, body: Shipping, now: Millis) -> GiftRow:
    """Note that a claimed gift is on its way."""
    return _gift(gifts.ship(campaign_id, body.gift_id, body.parcel, now))


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
    return fraud.DEFAULTS | {name: limit for name, limit in given.items() if limit is not None}


def _pot(body: NewCampaign) -> split.Pot:
    a_day = body.max_fen_per_member_per_day
    return offers.pot_of(
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


def reviewed(one: review.Open) -> Reviewed:
    return Reviewed(one.participant_id, one.rule, one.inputs, to_rfc3339(one.since))


def _gift(row: Item) -> GiftRow:
    participant_id, _, invites = row["sk"].partition("#")
    parcel = gifts.parcel_of(row)
    return GiftRow(
        gift_id=row["sk"],
        participant_id=participant_id,
        member_id=row["member_id"],
        invites=int(invites),
        gift=row["gift"],
        state=row["st"],
        reached_at=to_rfc3339(row["at"]),
        ship_to=Address(parcel.name, parcel.phone, parcel.address) if parcel else None,
        parcel=row.get("parcel"),
    )
