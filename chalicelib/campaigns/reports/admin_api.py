"""The route of a campaign's report."""

from __future__ import annotations

from chalicelib.campaigns.fraud import reviews
from chalicelib.campaigns.fraud.views import reviewed
from chalicelib.campaigns.reports.schemas import CampaignReport, Chain, Level, TopInviter
from chalicelib.campaigns.reports.service import report
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api

api = Api(__name__)


_MOST_SHOWN_UNDER_REVIEW = 100


@api.get("/admin/campaigns/{campaign_id}/report", allow=ADMIN, errors=("not_found",))
def report_campaign(campaign_id: str, now: Millis) -> CampaignReport:
    """A campaign's money and tree in numbers, and who is under review."""
    found = report(campaign_id, now)
    held = reviews.first_open(campaign_id, _MOST_SHOWN_UNDER_REVIEW)
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
