"""From a drawn share to money: keep the packet, ask for its payout, hear how it ended. Each step may be repeated."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns import current, names, pot, split, tables, tables_packets
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger

SOURCE: Final = "packet"


def keep_share(*, campaign_id: str, bucket: int, index: int, name: str, at: Millis, now: Millis) -> None:
    """A share was drawn: keep its packet and, unless there is a waiting period, ask for its payout."""
    campaign = current.campaign(campaign_id, now)
    participant_id, draw_no = names.read_name(campaign_id, name)
    participant = tables.find_participant(participant_id) or tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise LookupError("a share was drawn by nobody who takes part")
    packet_id = names.packet_id(participant_id, draw_no)
    waiting = campaign.spec.waiting_hours * HOUR
    packet = {
        "st": tables_packets.WAITING if waiting else tables_packets.OPEN,
        "campaign_id": campaign_id,
        "participant_id": participant_id,
        "generation": pot.GENERATION,
        "draw_no": draw_no,
        "amount_fen": split.share(campaign.spec.pot, bucket * BUCKET_SHARES + index),
        "made_at": at,
        "due_at": at + waiting,
    }
    tables_packets.keep_packet(participant["member_id"], packet_id, packet)
    if not waiting:
        _ask_for_payout(campaign, participant["member_id"], packet_id, packet, now)


def pay_due(now: Millis) -> int:
    """Ask for the payouts of packets whose waiting period is over; how many were asked for.

    One that can not be paid stays due, with an alarm, and does not keep the others from being paid.
    """
    asked = 0
    for row in (row for page in tables_packets.due_pages(now) for row in page):
        try:
            _pay_due(row, now)
        except SiyuError as error:
            logger().error("A packet that is due can not be paid", due=row["sk"], code=error.code)
            count("PacketUnpayable")
        else:
            asked += 1
    return asked


def settle(*, member_id: str, payout_id: str, attempt: int, packet_id: str, is_paid: bool) -> None:
    """A packet's payout has ended: paid, or the money is the pot's again, each counted once.

    A failed payout that somebody tries again is not released.
    """
    packet = tables_packets.find_packet(member_id, packet_id)
    if packet is None:
        raise LookupError("a payout ended for a packet that was not kept")
    if is_paid:
        tables_packets.settle_packet(packet, tables_packets.PAID)
    elif payouts.release(member_id, payout_id, attempt):
        tables_packets.settle_packet(packet, tables_packets.RELEASED)
        count("PacketReleased")


def _pay_due(row: Item, now: Millis) -> None:
    member_id, packet_id = tables_packets.packet_of_due(row)
    packet = tables_packets.find_packet(member_id, packet_id)
    if packet is not None and packet["st"] == tables_packets.WAITING:
        campaign = current.campaign(packet["campaign_id"], now)
        _ask_for_payout(campaign, member_id, packet_id, packet, now)
        tables_packets.open_packet(packet)
    tables_packets.drop_due(row)


def _ask_for_payout(campaign: Campaign, member_id: str, packet_id: str, packet: Item, now: Millis) -> None:
    openid = members.openid_of(member_id)
    if openid is None:
        logger().error("A packet's owner has no openid", packet_id=packet_id, member_id=member_id)
        raise SiyuError("refused", "The owner of the packet never opened the mini program.")
    payouts.request(
        source=SOURCE,
        source_id=packet_id,
        member_id=member_id,
        openid=openid,
        amount_fen=packet["amount_fen"],
        remark=campaign.spec.name,
        report=(campaign.spec.name, "红包奖励"),
        now=now,
    )
