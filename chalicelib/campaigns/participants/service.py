"""Use cases of participants: join, and look at one's part."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.fraud import checks
from chalicelib.campaigns.participants import merged_profiles, names, tables
from chalicelib.campaigns.participants.names import Invite
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.settings import settings


class Part(NamedTuple):
    """A member's part in a campaign."""

    participant_id: str
    depth: int
    invite: str
    poster_url: str
    invites: int
    draws: int
    next_tier: int | None
    """Invites at which the next reward waits."""
    is_under_review: bool


def join(
    campaign_id: str,
    member_id: str,
    invite: str | None,
    now: Millis,
    *,
    device_id: str | None = None,
    address: str = "",
    openid: str = "",
) -> Part:
    """Take part, by an invite or without; joining again answers the first joining, whatever its invite.

    1 WRU, and 0.5 RRU for the profile: under whichever of their profiles somebody joined, they are one participant.

    An invite exists only after its maker has joined, and a second joining changes nothing: so nobody can become
    their own ancestor. `device_id` and `address` are kept as keyed digests for the fraud rules; `openid` is that of
    the session, which will be paid.
    422 `invalid_invite`, 409 `campaign_not_running`.
    """
    found = repository.campaign(campaign_id, now)
    profile = members.current(member_id)
    if len(members.ids_of(profile)) > 1 and (known := merged_profiles.joined_as(campaign_id, profile)):
        return _part(found, known)
    member_id = profile["pk"].removeprefix("MBR#")
    participant_id = names.participant_id(campaign_id, member_id)
    if rules.state_at(found, now) != "running":
        return _part_after_the_end(campaign_id, participant_id, now)
    parent = names.read_invite(campaign_id, invite) if invite else None
    joining = _new_participant(found, member_id, participant_id, parent, now)
    joining |= checks.traces(device_id, address, settings().trusted)
    if openid:
        joining["openid"] = openid
    outcome = tables.join(participant_id, joining)
    return _part(found, {"pk": participant_id, **joining} if outcome.done else outcome.item)


def my_part(campaign_id: str, member_id: str, now: Millis) -> Part:
    """A member's part; 404 before joining."""
    found = repository.campaign(campaign_id, now)
    participant = tables.find_participant(names.participant_id(campaign_id, member_id), strong=True)
    if participant is None and (profile := members.find(member_id)):
        participant = merged_profiles.joined_as(campaign_id, profile)
    if participant is None:
        raise SiyuError("not_found", "You have not joined this campaign. Join it first.", param="campaign_id")
    return _part(found, participant)


def _part_after_the_end(campaign_id: str, participant_id: str, now: Millis) -> Part:
    participant = tables.find_participant(participant_id, strong=True)
    if participant is None:
        repository.running(campaign_id, now)
        raise SiyuError("campaign_not_running", "The campaign has just begun. Join again.")
    return _part(repository.campaign(campaign_id, now), participant)


def _new_participant(found: Campaign, member_id: str, own_id: str, parent: Invite | None, now: Millis) -> Item:
    parent_id, depth = names.place_below(own_id, parent)
    row: Item = {
        "campaign_id": found.campaign_id,
        "member_id": member_id,
        "depth": depth,
        "joined_at": now,
    }
    if parent_id:
        row["parent_id"] = parent_id
    if found.spec.act == "join":
        row["acted_at"] = now
    return row


def _part(found: Campaign, participant: Item) -> Part:
    participant_id, depth = participant["pk"], participant["depth"]
    invite = names.make_invite(found.campaign_id, Invite(participant_id, depth))
    invites = len(participant.get("invitees", ()))
    ahead = [tier.invites for tier in found.spec.tiers if tier.invites > invites]
    return Part(
        participant_id=participant_id,
        depth=depth,
        invite=invite,
        poster_url=f"{settings().public_url}/campaigns/{found.campaign_id}/poster?invite={invite}",
        invites=invites,
        draws=rules.draws_of_row(found.spec, participant),
        next_tier=min(ahead, default=None),
        is_under_review=rules.is_under_review(participant),
    )
