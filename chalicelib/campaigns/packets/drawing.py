"""The draw (抽红包): one conditional write for a person who may, the same packet for the same draw_no."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.packets import tables
from chalicelib.campaigns.participants import merged_profiles
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.pot import finder as pot_finder
from chalicelib.campaigns.pot import split, split_at_end
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen
from chalicelib.members import service as members
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item


class Drawn(NamedTuple):
    """A packet as its owner sees it."""

    packet_id: str
    amount_fen: Fen
    state: str
    package_info: str | None


def draw(campaign_id: str, member_id: str, draw_no: int, now: Millis, *, openid: str = "") -> Drawn:
    """The packet of this draw, drawn now or before. `openid` is that of the session: it will be paid.

    409 `nothing_to_draw`, `pot_empty`, `under_review`; 409 `campaign_not_running` unless it was drawn before.
    """
    participant_id = participant_names.participant_id(campaign_id, member_id)
    try:
        campaign = repository.running(campaign_id, now)
    except SiyuError as error:
        packet_id = participant_names.packet_id(participant_id, draw_no)
        kept = tables.find_packet(member_id, packet_id) if error.code == "campaign_not_running" else None
        if kept is None:
            raise
        return _drawn(kept)
    participant = _with_right(campaign, member_id, participant_id, draw_no)
    if "merged_with" in participant and (theirs := merged_profiles.packet_of_merged_profile(participant, draw_no)):
        return _drawn(theirs)
    if openid and openid != rules.payee_of(participant, draw_no):
        _save_payee(participant, draw_no, openid)
    return _draw(campaign, participant, draw_no, now)


def _save_payee(participant: Item, draw_no: int, openid: str) -> None:
    """A person may have several accounts: the one that draws is paid. A packet that was saved has its payee."""
    packet_id = participant_names.packet_id(participant["pk"], draw_no)
    if tables.find_packet(participant["member_id"], packet_id) is None:
        participant_tables.save_payee(participant["pk"], draw_no, openid)


def _draw(campaign: Campaign, participant: Item, draw_no: int, now: Millis) -> Drawn:
    participant_id = participant["pk"]
    if campaign.generation > 1 and (earlier := _drawn_before(participant, draw_no)):
        return _drawn(earlier)
    place = pot_finder.draw(campaign, participant_names.name_in_pot(campaign.campaign_id, participant_id, draw_no), now)
    if place is None:
        raise SiyuError("pot_empty", "Every share of the pot has been drawn.")
    packet_id = participant_names.packet_id(participant_id, draw_no)
    kept = None if place.is_new else tables.find_packet(participant["member_id"], packet_id)
    if kept is not None:
        return _drawn(kept)
    if split_at_end.is_split_at_end(campaign):
        return Drawn(packet_id, 0, "waiting", None)
    amount_fen = split.share(campaign.spec.pot, place.bucket * BUCKET_SHARES + place.slot)
    return Drawn(packet_id, amount_fen, "waiting" if campaign.spec.waiting_hours else "sending", None)


def _drawn_before(participant: Item, draw_no: int) -> Item | None:
    """The packet of this draw from an earlier generation: that one is drained, so that every packet of it is kept."""
    return tables.find_packet(participant["member_id"], participant_names.packet_id(participant["pk"], draw_no))


def _with_right(campaign: Campaign, member_id: str, participant_id: str, draw_no: int) -> Item:
    """The participant, when they may draw: 0.5 RRU.

    A right that an eventual read does not show yet is looked for strongly before anybody is turned away. A review
    or a merge of this instant may be missed: no payout is asked for before both were read strongly (packets).
    """
    participant = participant_tables.find_participant(participant_id)
    if participant is None or draw_no > rules.draws_of_row(campaign.spec, participant):
        participant = participant_tables.find_participant(participant_id, strong=True)
    if participant is None:
        profile = members.find(member_id)
        participant = merged_profiles.joined_as(campaign.campaign_id, profile) if profile else None
    if participant is None:
        raise SiyuError("nothing_to_draw", "Join the campaign first.")
    if rules.is_under_review(participant):
        raise SiyuError("under_review", "Your part in this campaign is under review.")
    draws = rules.draws_of_row(campaign.spec, participant)
    if draw_no > draws:
        raise SiyuError("nothing_to_draw", f"You have earned {draws} draws.", param="draw_no")
    return participant


def _drawn(packet: Item) -> Drawn:
    """A packet that was kept, and where its money is."""
    member_id, state = packet["pk"].removeprefix("MBR#"), packet["st"]
    standing = payouts.standing(source="packet", source_id=packet["sk"], member_id=member_id)
    if standing is not None:
        return Drawn(packet["sk"], packet["amount_fen"], standing.state, standing.package_info)
    return Drawn(packet["sk"], packet["amount_fen"], tables.STATE_SEEN[state], None)
