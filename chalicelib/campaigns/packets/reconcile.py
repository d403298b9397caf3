"""The reconciler: even a lost stream record or message costs time, never money.

It walks a campaign's buckets, which are the truth of what was drawn, and carries every share that got stuck one step
further: to its packet, to its payout, to the count of what was paid or came back. A share whose money has ended is
marked and never looked at again, so that the work grows with what is under way and not with what ever happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns import tables as campaign_tables
from chalicelib.campaigns.packets import reconcile_tables, service, tables
from chalicelib.campaigns.packets.reconcile_tables import BLOCK
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.pot import split_at_end
from chalicelib.campaigns.pot import tables as pot_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.payouts import rules as payout_rules
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count, logger

QUEUE: Final = "campaigns-reconcile"
_AFTER_THE_END: Final = 40 * DAY
"""The longest waiting period, and what WeChat Pay and its payees may take afterwards."""


def plan(now: Millis) -> int:
    """Ask the reconciler to look at every block of buckets whose money may be under way; how many blocks."""
    blocks = 0
    for campaign in map(repository.of_row, campaign_tables.every()):
        if _may_have_open_money(campaign, now):
            events = list(_blocks(campaign, now))
            queues.send(QUEUE, events)
            blocks += len(events)
    return blocks


def reconcile(campaign_id: str, generation: int, block: int, now: Millis) -> int:
    """Look at the shares of a block that have not ended; how many of them have now."""
    campaign = repository.fresh(campaign_id, now).at(generation)
    known = reconcile_tables.find(campaign_id, generation, block)
    news: dict[int, int] = {}
    ended = 0
    for bucket in range(block * BLOCK, min((block + 1) * BLOCK, campaign.buckets)):
        before = known.get(bucket, 0)
        after = before | _ended_shares(campaign, bucket, before, now)
        if after != before:
            news[bucket] = after
            ended += (after ^ before).bit_count()
    if news:
        reconcile_tables.save(campaign_id, generation, block, news)
    return ended


def _may_have_open_money(campaign: Campaign, now: Millis) -> bool:
    if campaign.state == rules.DRAFT or split_at_end.is_split_at_end(campaign):
        return False
    return campaign.spec.starts_at <= now < campaign.over_at + _AFTER_THE_END


def _blocks(campaign: Campaign, now: Millis) -> Iterator[Event]:
    for generation in range(1, campaign.generation + 1):
        for block in range(-(-campaign.at(generation).buckets // BLOCK)):
            facts = {"campaign_id": campaign.campaign_id, "generation": generation, "block": block}
            yield Event(f"reconcile:{campaign.campaign_id}:{generation}:{block}", "reconcile.asked", now, facts)


def _ended_shares(campaign: Campaign, bucket: int, known: int, now: Millis) -> int:
    """Bits of the shares of a bucket that have ended, `known` ones left out."""
    if known == (1 << campaign.capacity(bucket)) - 1:
        return 0
    image = pot_tables.find_bucket(pot_tables.bucket_key(campaign.campaign_id, campaign.generation, bucket))
    bits = 0
    for name, slot in image.items():
        is_share = len(name) == participant_names.NAME_IN_POT
        if is_share and not known >> slot & 1 and _has_ended(campaign, bucket, slot, name, now):
            bits |= 1 << slot
    return bits


def _has_ended(campaign: Campaign, bucket: int, slot: int, name: str, now: Millis) -> bool:
    """Whether the share's money has arrived or come back; one that got stuck goes a step further."""
    participant_id, draw_no = participant_names.read_name(campaign.campaign_id, name)
    participant = participant_tables.find_participant(participant_id)
    packet_id = participant_names.packet_id(participant_id, draw_no)
    packet = None if participant is None else tables.find_packet(participant["member_id"], packet_id)
    if packet is not None and packet["st"] in tables.ENDED:
        return True
    if participant is None or packet is None or not _goes_on(participant, packet, now):
        logger().info("The reconciler carries on a share", packet_id=packet_id)
        count("ShareCarriedOn")
        _carry_on(campaign, bucket, slot, name, now)
    return False


def _carry_on(campaign: Campaign, bucket: int, slot: int, name: str, now: Millis) -> None:
    """Do what a lost message would have done. A packet that cannot be paid keeps no other from being looked at."""
    try:
        service.save_share(
            campaign_id=campaign.campaign_id,
            generation=campaign.generation,
            bucket=bucket,
            index=slot,
            name=name,
            at=now,
            now=now,
        )
    except SiyuError as error:
        logger().error("The reconciler cannot carry on a share", name=name, code=error.code)
        count("PacketUnpayable")


def _goes_on(participant: Item, packet: Item, now: Millis) -> bool:
    """Whether somebody else is going to move the packet: its time, an operator, or its payout."""
    if packet["st"] == tables.WAITING:
        return bool(packet["due_at"] > now)
    if packet["st"] == tables.HELD:
        return rules.is_under_review(participant)
    return _catch_up(packet)


def _catch_up(packet: Item) -> bool:
    """Tell a packet how its payout has ended, if it has; False when there is no payout."""
    member_id = packet["pk"].removeprefix("MBR#")
    payout = payouts.find(source=service.SOURCE, source_id=packet["sk"], member_id=member_id)
    if payout is None:
        return False
    if payout["st"] in payout_rules.ENDED:
        service.complete(
            member_id=member_id,
            payout_id=payout["sk"],
            attempt=payout["attempt"],
            packet_id=packet["sk"],
            is_paid=payout["st"] == payout_rules.SUCCESS,
        )
    return True
