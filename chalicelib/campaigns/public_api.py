"""Routes of campaigns that need no token: the offer, its page and its poster."""

from __future__ import annotations

import msgspec
from chalice.app import Response

from chalicelib.campaigns import service
from chalicelib.campaigns.schemas import PosterQuery
from chalicelib.campaigns.views import campaign_view
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Api, Request

api = Api(__name__)


@api.get("/campaigns/{campaign_id}", errors=("not_found",))
def get_campaign(campaign_id: str, request: Request, now: Millis) -> Response:
    """What a campaign offers: JSON, and a page for browsers (`Accept: text/html`)."""
    campaign = service.get_campaign(campaign_id, now)
    if "text/html" not in request.headers.get("accept", ""):
        body = msgspec.json.encode(campaign_view(campaign, now)).decode()
        return Response(body, {"Content-Type": JSON, "Vary": "Accept", **SAFE_HEADERS})
    from chalicelib.campaigns.pages.campaign_page import HEADERS, render

    return Response(render(campaign, now), {**HEADERS, **SAFE_HEADERS, "Vary": "Accept"})


@api.get("/campaigns/{campaign_id}/poster", content_type="image/png", errors=("invalid_invite", "not_found"))
def get_poster(campaign_id: str, query: PosterQuery, now: Millis) -> Response:
    """A picture to show to friends, with the inviter's own mini-program code."""
    from chalicelib.campaigns.pages.poster import draw_poster
    from chalicelib.wechat import connect

    campaign = service.get_campaign(campaign_id, now)
    picture = draw_poster(campaign, query.invite, connect.mini_program())
    return Response(picture, {"Content-Type": "image/png", **SAFE_HEADERS})
