"""Routes by which members take part."""

from __future__ import annotations

from chalicelib.campaigns.participants import service
from chalicelib.campaigns.participants.schemas import Joining, Part
from chalicelib.campaigns.participants.views import part
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api, Request

api = Api(__name__)


@api.post(
    "/campaigns/{campaign_id}/join",
    allow=MEMBER,
    errors=("not_found", "invalid_invite", "campaign_not_running"),
)
def join_campaign(campaign_id: str, body: Joining, caller: Caller, request: Request, now: Millis) -> Part:
    """Take part, by an invite or without. Again: the same part."""
    joined = service.join(
        campaign_id,
        caller.id,
        body.invite,
        now,
        device_id=body.device_id,
        address=request.source_ip,
        openid=caller.openid,
    )
    return part(joined)


@api.get("/campaigns/{campaign_id}/me", allow=MEMBER, errors=("not_found",))
def my_part(campaign_id: str, caller: Caller, now: Millis) -> Part:
    """The member's part in a campaign."""
    return part(service.my_part(campaign_id, caller.id, now))
