"""The invite tree (裂变): levels are counted for any depth, and only the direct inviter gains by a joining."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.actions import revocation
from chalicelib.campaigns.actions import service as actions
from chalicelib.campaigns.fraud import checks
from chalicelib.campaigns.gifts import service as gifts
from chalicelib.campaigns.invites import tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.rules import Campaign, is_valid_invite
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.runtime.cache import Bounded
from chalicelib.runtime.dynamo import Item

_MOST_KNOWN: Final = 10_000
_full_depths: Final[Bounded[tuple[str, int], bool]] = Bounded(_MOST_KNOWN)
"""Depths that have enough of the deepest: they never have fewer, so no age ends that."""


def count_participant(*, campaign_id: str, participant_id: str, now: Millis) -> None:
    """A participant joined or has acted: count it, ask the fraud rules, and tell the direct inviter, nobody further up.

    Any number of times, in any order: each count has its own mark.
    """
    participant = participant_tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise LookupError("nobody joined")
    campaign = repository.campaign(campaign_id, now)
    participant = actions.catch_up(campaign, participant, now)
    tables.count_joining(participant)
    _record_depth(campaign_id, participant)
    if "acted_at" in participant:
        tables.count_act(participant)
    if checks.check(campaign, participant, now):
        return
    credit(campaign, participant, now)


def credit(campaign: Campaign, participant: Item, now: Millis) -> None:
    """Count a valid invite for its direct inviter, once, and give them what its number reaches."""
    parent_id = participant.get("parent_id")
    if not parent_id or not _is_valid(campaign, participant):
        return
    tables.count_invite(participant)
    if campaign.kept_invites:
        inviter = tables.add_invitee(parent_id, participant_names.short(participant["pk"]), campaign.kept_invites).item
        if inviter:
            gifts.reach(campaign, inviter, now)
    if not revocation.still_counts(participant["pk"]):
        revocation.take_back(campaign, participant, now)


def link_merged_profiles(member_id: str, now: Millis) -> None:
    """Profiles were merged: their participants are one person, who draws once from now on."""
    profile = members.find(member_id)
    if profile is None or not profile.get("aliases"):
        return
    for campaign in repository.live(now):
        found = [participant_names.participant_id(campaign.campaign_id, one) for one in members.ids_of(profile)]
        joined = sorted(participant_tables.find_participants(found))
        for participant_id in joined if len(joined) > 1 else ():
            participant_tables.save_merged_profiles(participant_id, set(joined) - {participant_id})


def _is_valid(campaign: Campaign, participant: Item) -> bool:
    if "acted_at" not in participant or "left_at" in participant or rules.is_under_review(participant):
        return False
    if participant.get("ruled") == "reject":
        return False
    profile = members.find(participant["member_id"])
    if profile is None:
        return False
    since = min(members.known_since(row) for row in [profile, *members.alias_rows(profile)])
    return is_valid_invite(campaign.spec, member_since=since, joined_at=participant["joined_at"])


def _record_depth(campaign_id: str, participant: Item) -> None:
    """The deepest are kept by depth; a container asks no more about a depth that has enough of them."""
    depth = (campaign_id, participant["depth"])
    if not _full_depths.get(depth) and not tables.record_depth(*depth, participant["pk"]):
        _full_depths.put(depth, True)
