"""The draw (抽红包): one conditional write for a person who may, the same packet for the same draw_no."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.campaigns import current, names, pot, rules, split, tables, tables_packets
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item


class Drawn(NamedTuple):
    """A packet as its owner sees it."""

    packet_id: str
    amount_fen: Fen
    state: str
    package_info: str | None


def draw(campaign_id: str, member_id: str, draw_no: int, now: Millis) -> Drawn:
    """The packet of this draw, drawn now or before.

    409 `nothing_to_draw`, `pot_empty`, `under_review`; 409 `campaign_not_running` unless it was drawn before.
    """
    participant_id = names.participant_id(campaign_id, member_id)
    packet_id = names.packet_id(participant_id, draw_no)
    try:
        campaign = current.running(campaign_id, now)
    except SiyuError as error:
        kept = tables_packets.find_packet(member_id, packet_id) if error.code == "campaign_not_running" else None
        if kept is None:
            raise
        return _shown(member_id, packet_id, kept["amount_fen"], kept["st"])
    _check_right(campaign, participant_id, draw_no)
    place = pot.take(campaign, names.name_in_pot(campaign_id, participant_id, draw_no), now)
    if place is None:
        raise SiyuError("pot_empty", "Every share of the pot has been drawn.")
    amount_fen = split.share(campaign.spec.pot, place.bucket * BUCKET_SHARES + place.slot)
    state = "waiting" if campaign.spec.waiting_hours else "sending"
    if place.is_new:
        return Drawn(packet_id, amount_fen, state, None)
    return _shown(member_id, packet_id, amount_fen, state)


def _check_right(campaign: Campaign, participant_id: str, draw_no: int) -> None:
    """A right that an eventual read does not show yet is looked for strongly before anybody is turned away."""
    participant = tables.find_participant(participant_id)
    if participant is None or draw_no > _draws(campaign, participant):
        participant = tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise SiyuError("nothing_to_draw", "Join the campaign first.")
    if "review" in participant:
        raise SiyuError("under_review", "Your part in this campaign is under review.")
    if draw_no > _draws(campaign, participant):
        raise SiyuError("nothing_to_draw", f"You have earned {_draws(campaign, participant)} draws.", param="draw_no")


def _draws(campaign: Campaign, participant: Item) -> int:
    return rules.draws_of(campaign.spec, has_acted="acted_at" in participant, invites=len(participant.get("kids", ())))


def _shown(member_id: str, packet_id: str, amount_fen: Fen, state: str) -> Drawn:
    standing = payouts.standing(source="packet", source_id=packet_id, member_id=member_id)
    if standing is None:
        return Drawn(packet_id, amount_fen, "waiting" if state == "waiting" else "sending", None)
    return Drawn(packet_id, amount_fen, standing.state, standing.package_info)
