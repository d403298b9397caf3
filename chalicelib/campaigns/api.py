"""Routes of campaigns: for members, and the public page. Those of operators stand in admin_api.py."""

from __future__ import annotations

import msgspec
from chalice.app import Response

from chalicelib.campaigns import drawing, gifts, names, service, tables_gifts
from chalicelib.campaigns.presenting import part, shown
from chalicelib.campaigns.shapes import Drawing, Drawn, GiftAddress, Joining, MyGift, Part, PosterQuery
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Api, Listed, Request

api = Api(__name__)


@api.get("/campaigns/{campaign_id}", errors=("not_found",))
def get_campaign(campaign_id: str, request: Request, now: Millis) -> Response:
    """What a campaign offers: JSON, and a page for browsers (`Accept: text/html`)."""
    campaign = service.get_campaign(campaign_id, now)
    if "text/html" not in request.headers.get("accept", ""):
        body = msgspec.json.encode(shown(campaign, now)).decode()
        return Response(body, {"Content-Type": JSON, "Vary": "Accept", **SAFE_HEADERS})
    from chalicelib.campaigns.page import HEADERS, render

    return Response(render(campaign, now), {**HEADERS, **SAFE_HEADERS, "Vary": "Accept"})


@api.get("/campaigns/{campaign_id}/poster", content_type="image/png", errors=("invalid_invite", "not_found"))
def get_poster(campaign_id: str, query: PosterQuery, now: Millis) -> Response:
    """A picture to show to friends, with the inviter's own mini-program code."""
    from chalicelib.campaigns.poster import draw_poster
    from chalicelib.wechat import connect

    campaign = service.get_campaign(campaign_id, now)
    picture = draw_poster(campaign, query.invite, connect.mini_program())
    return Response(picture, {"Content-Type": "image/png", **SAFE_HEADERS})


@api.post(
    "/campaigns/{campaign_id}/join",
    allow=MEMBER,
    errors=("not_found", "invalid_invite", "campaign_not_running"),
)
def join_campaign(campaign_id: str, body: Joining, caller: Caller, request: Request, now: Millis) -> Part:
    """Take part, by an invite or without. Again: the same part."""
    joined = service.join(campaign_id, caller.id, body.invite, now, device_id=body.device_id, address=request.source_ip)
    return part(joined)


@api.get("/campaigns/{campaign_id}/me", allow=MEMBER, errors=("not_found",))
def my_part(campaign_id: str, caller: Caller, now: Millis) -> Part:
    """The member's part in a campaign."""
    return part(service.my_part(campaign_id, caller.id, now))


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


@api.get("/campaigns/{campaign_id}/gifts", allow=MEMBER, errors=("not_found",))
def my_gifts(campaign_id: str, caller: Caller, now: Millis) -> Listed[MyGift]:
    """The gifts that the member has earned in a campaign."""
    service.get_campaign(campaign_id, now)
    rows = tables_gifts.of_participant(campaign_id, names.participant_id(campaign_id, caller.id))
    return Listed([_gift(row) for row in rows], None)


@api.post(
    "/campaigns/{campaign_id}/gifts/{invites}",
    allow=MEMBER,
    errors=("not_found", "conflict", "under_review"),
)
def claim_gift(campaign_id: str, invites: str, body: GiftAddress, caller: Caller, now: Millis) -> MyGift:
    """Say where the gift of a tier, named by its number of invites, is to be sent."""
    parcel = gifts.Parcel(body.name, body.phone, body.address)
    return _gift(gifts.claim(campaign_id, caller.id, invites, parcel, now))


def _gift(row: Item) -> MyGift:
    return MyGift(int(row["sk"].rpartition("#")[2]), row["gift"], row["st"], row.get("parcel"))
