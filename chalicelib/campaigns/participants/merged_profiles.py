"""One person with several participants: their profiles were merged, before joining or after it.

A login follows a merge, so that a person's own token finds their participant directly; what is here is asked only
when the row is not there or names another profile. Money is checked last: `has_drawn_before`, before a payout is
requested.
"""

from __future__ import annotations

from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.participants import names, tables
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item


def joined_as(campaign_id: str, profile: Item) -> Item | None:
    """The participant that this person is under any of their profiles, the earliest; None when they have not joined."""
    ids = [names.participant_id(campaign_id, member_id) for member_id in members.ids_of(profile)]
    found = tables.find_participants(ids)
    return min(found.values(), key=lambda row: (row["joined_at"], row["pk"]), default=None)


def packet_of_merged_profile(participant: Item, draw_no: int) -> Item | None:
    """The packet that a merged profile has for this draw; one that went back to the pot is none."""
    for other in sorted(participant.get("merged_with", ())):
        row = tables.find_participant(other, strong=True)
        packet = packet_tables.find_packet(row["member_id"], names.packet_id(other, draw_no)) if row else None
        if packet is not None and packet["st"] != packet_tables.RELEASED:
            return packet
    return None


def has_drawn_before(participant: Item, packet: Item) -> bool:
    """Whether a merged profile's packet of the same draw comes before this one: it is older, or was asked for."""
    theirs = packet_of_merged_profile(participant, packet["draw_no"])
    if theirs is None:
        return False
    is_older = (theirs["made_at"], theirs["sk"]) < (packet["made_at"], packet["sk"])
    return is_older or theirs["st"] in (packet_tables.ASKED, packet_tables.PAID)
