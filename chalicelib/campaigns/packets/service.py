"""From a drawn share to money: save the packet, decide about it, ask for its payout, hear how it ended.

Each step may be repeated, and whoever comes late carries on what a crash left.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.actions import revocation
from chalicelib.campaigns.fraud import checks
from chalicelib.campaigns.packets import tables
from chalicelib.campaigns.participants import merged_profiles
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.pot import split, split_at_end
from chalicelib.campaigns.rules import BUCKET_SHARES, Campaign
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen
from chalicelib.members import service as members
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger

SOURCE: Final = "packet"


def waiting_of(member_id: str) -> list[Item]:
    """A member's packets for which no payout stands: `state` is waiting (for its period), under_review or sending.

    1 RRU more for each whose payout is on its way, or is about to be asked for.
    """
    found = (row for row in tables.packets_of(member_id) if row["st"] not in tables.ENDED)
    return [
        {**row, "state": tables.STATE_SEEN[row["st"]]}
        for row in found
        if row["st"] != tables.ASKED or _payout_of(row) is None
    ]


def _payout_of(packet: Item) -> Item | None:
    member_id = packet["pk"].removeprefix("MBR#")
    return payouts.find(source=SOURCE, source_id=packet["sk"], member_id=member_id)


def save_share(
    *, campaign_id: str, generation: int, bucket: int, index: int, name: str, at: Millis, now: Millis
) -> None:
    """A share was drawn: keep its packet and, unless there is a waiting period, ask for its payout.

    Of a pot that is split at its end nothing is known yet: `keep_split` makes the packets.
    """
    campaign = _at_generation(campaign_id, generation, now)
    if not split_at_end.is_split_at_end(campaign):
        amount_fen = split.share(campaign.spec.pot, bucket * BUCKET_SHARES + index)
        _save(campaign, name, amount_fen, at, now)


def save_split(*, campaign_id: str, bucket: int, first: int, people: int, at: Millis, now: Millis) -> None:
    """A pot was split among `people`: keep the packets of a bucket, whose first one is the `first` of all."""
    campaign = repository.campaign(campaign_id, now)
    for slot, name in split_at_end.names_in(campaign_id, bucket):
        _save(campaign, name, split_at_end.share_of(campaign, first + slot, people), at, now)


def pay_due(now: Millis) -> int:
    """Ask for the payouts of packets whose waiting period is over; how many were asked for.

    One that cannot be paid stays due, with an alarm, and does not keep the others from being paid.
    """
    asked = 0
    for row in tables.due_rows(now):
        try:
            _pay_due(row, now)
        except SiyuError as error:
            logger().error("A packet that is due cannot be paid", due=row["sk"], code=error.code)
            count("PacketUnpayable")
        else:
            asked += 1
    return asked


def complete(*, member_id: str, payout_id: str, attempt: int, packet_id: str, is_paid: bool) -> None:
    """A packet's payout has ended: paid, or the money is the pot's again, each counted once.

    A failed payout that somebody tries again is not released.
    """
    packet = tables.find_packet(member_id, packet_id)
    if packet is None:
        raise LookupError("a payout ended for a packet that was not kept")
    if is_paid:
        tables.end(packet, tables.PAID)
    elif payouts.release(member_id, payout_id, attempt):
        tables.end(packet, tables.RELEASED)
        count("PacketReleased")


def release_held(campaign: Campaign, participant: Item, now: Millis) -> None:
    """An operator released a participant: packets that were held wait on, or are paid now."""
    for packet in tables.packets_of(participant["member_id"]):
        if packet["participant_id"] == participant["pk"] and packet["st"] in (tables.HELD, tables.ASKED):
            _carry_on(campaign, participant, packet, now)


def _at_generation(campaign_id: str, generation: int, now: Millis) -> Campaign:
    campaign = repository.campaign(campaign_id, now)
    if campaign.generation < generation:
        campaign = repository.fresh(campaign_id, now)
    return campaign.at(generation)


def _save(campaign: Campaign, name: str, amount_fen: Fen, at: Millis, now: Millis) -> None:
    participant_id, draw_no = participant_names.read_name(campaign.campaign_id, name)
    participant = participant_tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise LookupError("a share was drawn by nobody who takes part")
    if "checked" not in participant and checks.check(campaign, participant, now):
        participant = participant_tables.find_participant(participant_id, strong=True) or participant
    packet = _new_packet(campaign, participant, draw_no, amount_fen, at)
    if not tables.save_packet(packet):
        packet = tables.find_packet(participant["member_id"], packet["sk"]) or packet
    _carry_on(campaign, participant, packet, now)


def _new_packet(campaign: Campaign, participant: Item, draw_no: int, amount_fen: Fen, at: Millis) -> Item:
    """A share's packet: asked from the beginning where nothing is to be waited for."""
    fields: Item = {
        "st": tables.WAITING,
        "campaign_id": campaign.campaign_id,
        "participant_id": participant["pk"],
        "generation": campaign.generation,
        "draw_no": draw_no,
        "amount_fen": amount_fen,
        "made_at": at,
        "due_at": at + campaign.spec.waiting_hours * HOUR,
    }
    if payee := rules.payee_of(participant, draw_no):
        fields["openid"] = payee
    packet_id = participant_names.packet_id(participant["pk"], draw_no)
    packet = tables.new_packet(participant["member_id"], packet_id, fields)
    if campaign.spec.waiting_hours:
        return packet
    gate = _gate(campaign, participant, packet)
    return {**packet, "st": tables.ASKED, "openid": gate.openid} if gate.answer == "pay" else packet


def _pay_due(row: Item, now: Millis) -> None:
    member_id, packet_id = tables.packet_of_due(row)
    packet = tables.find_packet(member_id, packet_id)
    if packet is not None and packet["st"] not in tables.ENDED:
        campaign = repository.campaign(packet["campaign_id"], now)
        participant = participant_tables.find_participant(packet["participant_id"], strong=True)
        if participant is None:
            raise LookupError("a packet belongs to nobody who takes part")
        _carry_on(campaign, participant, packet, now)
    tables.drop_due(row)


def _carry_on(campaign: Campaign, participant: Item, packet: Item, now: Millis) -> None:
    """Bring a packet one step further, as `participant` allows, which was read strongly.

    One that was asked for is paid, whatever has become of its owner since. 422 `refused` when nobody can be paid.
    """
    if packet["st"] == tables.ASKED:
        _ask_for_payout(campaign, packet, now)
    elif packet["st"] in tables.ENDED:
        return
    # One without a waiting period has no due row, and the stream's clock may be ahead of ours.
    elif packet["due_at"] > max(now, packet["made_at"]):
        _wait_on(packet)
    else:
        _decide(campaign, participant, packet, now)


def _wait_on(packet: Item) -> None:
    if packet["st"] == tables.HELD:
        tables.put_due(packet)
        tables.wait_on(packet)


def _decide(campaign: Campaign, participant: Item, packet: Item, now: Millis) -> None:
    gate = _gate(campaign, participant, packet)
    if gate.answer == "pay":
        asked = tables.ask(packet, gate.openid)
        if asked.get("st") == tables.ASKED:
            _ask_for_payout(campaign, asked, now)
    elif gate.answer == "hold":
        _hold(campaign, packet, now)
    elif gate.answer == "revoke":
        revocation.revoke(packet)
    elif gate.answer == "forfeit":
        if tables.release(packet):
            count("PacketForfeited")
    else:
        logger().error("A packet's owner has no openid", packet_id=packet["sk"], participant_id=participant["pk"])
        raise SiyuError("refused", "The owner of the packet never opened the mini program.")


class _Gate(NamedTuple):
    """What becomes of a packet before money leaves; `openid` is the payee of one that is paid."""

    answer: Literal["pay", "hold", "revoke", "forfeit", "nobody"]
    openid: str = ""


def _gate(campaign: Campaign, participant: Item, packet: Item) -> _Gate:
    """The gate before money leaves. `forfeit`: the owner was erased; `nobody`: they have no openid."""
    verdict = rules.may_pay(campaign.spec, participant, packet["draw_no"])
    if verdict != "pay":
        return _Gate(verdict)
    if merged_profiles.has_drawn_before(participant, packet):
        return _Gate("revoke")
    try:
        members.current(participant["member_id"], strong=True)
        openid = packet.get("openid") or members.openid_of(participant["member_id"])
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return _Gate("forfeit")
    return _Gate("pay", openid) if openid else _Gate("nobody")


def _hold(campaign: Campaign, packet: Item, now: Millis) -> None:
    """Hold a packet until an operator has decided about its owner."""
    tables.hold(packet)
    # Who decides in this moment looks for held packets, and may have missed this one: then it is seen here.
    participant = participant_tables.find_participant(packet["participant_id"], strong=True)
    if participant is not None and not rules.is_under_review(participant):
        _carry_on(campaign, participant, {**packet, "st": tables.HELD}, now)


def _ask_for_payout(campaign: Campaign, packet: Item, now: Millis) -> None:
    """Ask for the payout of a packet, perhaps again. One that names nobody any more has its payout."""
    if "openid" not in packet:
        return
    payouts.request(
        source=SOURCE,
        source_id=packet["sk"],
        member_id=packet["pk"].removeprefix("MBR#"),
        openid=packet["openid"],
        amount_fen=packet["amount_fen"],
        remark=campaign.spec.name,
        report=(campaign.spec.name, "红包奖励"),
        now=now,
    )
