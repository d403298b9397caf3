"""What campaigns keep of a person: shown to them, and what becomes of it when they leave.

Participants and packets know a member id and nothing else: they stay, so that money and invite trees add up.
"""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns import tables_packets
from chalicelib.campaigns.tables import Packet
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime import sweeping
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count

_ASKED_FOR_OR_OVER: Final = frozenset({tables_packets.OPEN, tables_packets.PAID, tables_packets.RELEASED})


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
        for row in _packets(member_id)
    ]


def forfeit(member_id: str) -> None:
    """Give back what waits: a packet in its waiting period is nobody's when its owner leaves.

    What was asked of payouts already is paid, or released when it fails.
    """
    for packet in _packets(member_id):
        if packet["st"] in _ASKED_FOR_OR_OVER:
            continue
        if tables_packets.settle_packet(packet, tables_packets.RELEASED):
            count("PacketForfeited")


def _packets(member_id: str) -> list[Item]:
    return list(sweeping.rows_of(Packet, f"MBR#{member_id}", "pkt_"))
