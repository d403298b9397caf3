"""The route by which members draw."""

from __future__ import annotations

from chalicelib.campaigns.packets import drawing
from chalicelib.campaigns.packets.schemas import Drawing, Drawn
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api

api = Api(__name__)


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
    drawn = drawing.draw(campaign_id, caller.id, body.draw_no, now, openid=caller.openid)
    return Drawn(drawn.packet_id, drawn.amount_fen, drawn.state, drawn.package_info)
