"""Routes by which operators review participants."""

from __future__ import annotations

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns.fraud import reviews
from chalicelib.campaigns.fraud.schemas import Decided, Decision, Reviewed
from chalicelib.campaigns.fraud.views import reviewed
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


@api.get("/admin/campaigns/{campaign_id}/reviews", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_reviews_of_campaign(campaign_id: str, query: Listing, now: Millis) -> Listed[Reviewed]:
    """Who is under review, with the rule and what it saw."""
    campaigns.get_campaign(campaign_id, now)
    held, cursor = reviews.open_page(campaign_id, query.limit, query.cursor)
    return Listed([reviewed(one) for one in held], cursor)


@api.post("/admin/campaigns/{campaign_id}/review", allow=ADMIN, errors=("not_found", "conflict"))
def review_participant(campaign_id: str, body: Decision, now: Millis) -> Decided:
    """Release or reject somebody under review. Nothing that was paid is touched."""
    reviews.decide(campaign_id, body.participant_id, body.decision, now)
    return Decided(body.participant_id, body.decision)
