"""The invite tree (裂变): levels are counted for any depth, and only the direct inviter is told of a joining."""

from __future__ import annotations

from chalicelib.campaigns import current, names, tables, tables_packets
from chalicelib.campaigns.rules import Campaign, is_valid_invite
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item


def grow(*, campaign_id: str, participant_id: str, now: Millis) -> None:
    """A participant joined: count the level, and tell the direct inviter, nobody further up."""
    participant = tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise LookupError("nobody joined")
    campaign = current.campaign(campaign_id, now)
    tables_packets.count_level(participant_id, campaign_id, participant["depth"])
    parent_id = participant.get("parent_id")
    if parent_id and campaign.counted_invites and _is_valid(campaign, participant):
        tables.add_kid(parent_id, names.short(participant_id), campaign.counted_invites)


def _is_valid(campaign: Campaign, participant: Item) -> bool:
    since = members.current(participant["member_id"])["created_at"]
    return is_valid_invite(campaign.spec, member_since=since, joined_at=participant["joined_at"])
