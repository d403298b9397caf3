"""Leaving within the waiting period: what is pending goes back to the pot, what was asked for or paid stays."""

from __future__ import annotations

from chalicelib.campaigns import rules
from chalicelib.campaigns.actions import tables
from chalicelib.campaigns.fraud import checks
from chalicelib.campaigns.gifts import tables as gift_tables
from chalicelib.campaigns.invites import tables as invite_tables
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count


def leave(campaign: Campaign, participant_id: str, at: Millis, now: Millis) -> None:
    """Somebody left at `at`: within the waiting period their rights end, and they count for their inviter no more."""
    outcome = tables.leave(participant_id, at, campaign.spec.waiting_hours * HOUR)
    if outcome.done:
        count("ParticipantLeft")
        take_back(campaign, outcome.item, now)


def take_back(campaign: Campaign, participant: Item, now: Millis) -> None:
    """What follows of somebody's leaving or rejection, for them and for their direct inviter."""
    revoke_surplus(campaign, participant)
    parent_id = participant.get("parent_id")
    if not parent_id:
        return
    inviter = invite_tables.remove_invitee(parent_id, participant_names.short(participant["pk"]))
    invite_tables.count_leaving(participant)
    if inviter:
        revoke_surplus(campaign, inviter)
        checks.check(campaign, inviter, now)


def revoke_surplus(campaign: Campaign, participant: Item) -> None:
    """Take back packets and gifts that wait although their right is gone. Nothing that was asked for is touched."""
    draws = rules.draws_of_row(campaign.spec, participant)
    for packet in packet_tables.packets_of(participant["member_id"]):
        is_theirs = packet["participant_id"] == participant["pk"]
        if is_theirs and packet["draw_no"] > draws and packet["st"] in (packet_tables.WAITING, packet_tables.HELD):
            revoke(packet)
    invites = 0 if draws == 0 and "left_at" in participant else len(participant.get("invitees", ()))
    for tier in campaign.spec.tiers:
        if tier.reward == "gift" and invites < tier.invites:
            gift_tables.revoke(campaign.campaign_id, participant["pk"], tier.invites)


def revoke(packet: Item) -> None:
    """Give a packet's money back to the pot, unless its payout was asked for."""
    if packet_tables.release(packet):
        count("PacketRevoked")


def still_counts(participant_id: str) -> bool:
    """Whether an invitee is still one, read strongly: of a leaving and a counting at once, one sees the other."""
    participant = participant_tables.find_participant(participant_id, strong=True)
    return participant is not None and "left_at" not in participant and participant.get("ruled") != "reject"
