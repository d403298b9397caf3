"""What campaigns keep of a person: shown to them, and what becomes of it when they leave.

Participants and packets stay, so that money and invite trees add up, and know a member id and nothing else: the
account that would be paid is forgotten, once it is in a payout or the packet has ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.campaigns import repository, tables
from chalicelib.campaigns.gifts import tables as gift_tables
from chalicelib.campaigns.gifts.service import parcel_of
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.packets.service import SOURCE
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count


def packets(member_id: str) -> list[Item]:
    """Every packet of a member: which campaign, how much, since when."""
    return [
        {
            "packet_id": row["sk"],
            "campaign_id": row["campaign_id"],
            "amount_fen": row["amount_fen"],
            "state": row["st"],
            "at": to_rfc3339(row["made_at"]),
        }
        for row in packet_tables.packets_of(member_id)
    ]


def gifts(member_id: str) -> list[Item]:
    """Every gift of a member, and where it goes to."""
    found = []
    for row in _gifts(member_id):
        parcel = parcel_of(row)
        found.append(
            {"gift": row["gift"], "state": row["st"], "parcel": msgspec.to_builtins(parcel) if parcel else None}
        )
    return found


def forget(member_id: str) -> None:
    """Give back what waits, and forget where gifts went and who would be paid: the owner leaves.

    A packet in its waiting period is nobody's then; what was asked of payouts already is paid, or released when it
    fails.
    """
    for gift in _gifts(member_id):
        gift_tables.forget(gift)
    for packet in packet_tables.packets_of(member_id):
        _forget_packet(packet, member_id)
    for participant in _participants(member_id):
        participant_tables.forget_payees(participant)


def _forget_packet(packet: Item, member_id: str) -> None:
    if packet["st"] in (packet_tables.WAITING, packet_tables.HELD) and packet_tables.release(packet):
        count("PacketForfeited")
    elif "openid" in packet and payouts.find(source=SOURCE, source_id=packet["sk"], member_id=member_id):
        packet_tables.forget_payee(packet)


def _participants(member_id: str) -> list[Item]:
    """A member in every campaign that they joined."""
    campaigns = map(repository.of_row, tables.every())
    ids = [participant_names.participant_id(campaign.campaign_id, member_id) for campaign in campaigns]
    return list(participant_tables.find_participants(ids).values())


def _gifts(member_id: str) -> Iterator[Item]:
    """Gifts of a member, campaign by campaign: those that have gifts, which are few."""
    for campaign in map(repository.of_row, tables.every()):
        if any(tier.reward == "gift" for tier in campaign.spec.tiers):
            participant_id = participant_names.participant_id(campaign.campaign_id, member_id)
            yield from gift_tables.of_participant(campaign.campaign_id, participant_id)
