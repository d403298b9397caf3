"""A member's packets, over all profiles of the person."""

from __future__ import annotations

from chalicelib.campaigns.packets import service as campaigns
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members.service import Person
from chalicelib.payouts import service as payouts
from chalicelib.runtime.dynamo import Item, Page, decode_cursor, encode_cursor


def payouts_of(person: Person, limit: int, cursor: str | None) -> Page:
    """A page of the person's payouts, profile after profile: `limit` of them, fewer on the last page only.

    400 `invalid_cursor` for the cursor of somebody else.
    """
    left, inner = _from_cursor(person, cursor)
    found: list[Item] = []
    while left and len(found) < limit:
        rows, inner = payouts.of_member(left[0], limit - len(found), inner)
        found.extend(rows)
        left = left if inner else left[1:]
    return found, encode_cursor(f"{left[0]}|{inner or ''}") if left else None


def waiting_packets_of(person: Person) -> list[Item]:
    """The person's packets for which no payout stands."""
    return [row for member_id in person.ids for row in campaigns.waiting_of(member_id)]


def name_payee(person: Person, packet_id: str, real_name: str) -> Item:
    """The payee's real name for a packet of any profile; errors as of `payouts.name_payee`."""
    for member_id in person.ids:
        try:
            return payouts.name_payee(member_id, packet_id, real_name)
        except SiyuError as error:
            if error.code != "not_found":
                raise
    raise not_found("packet", packet_id)


def _from_cursor(person: Person, cursor: str | None) -> tuple[list[str], str | None]:
    """The profiles that are not listed yet, and where the first of them goes on.

    In the order of their ids, which a merge between two pages does not change.
    """
    profiles = sorted(person.ids)
    if not cursor:
        return profiles, None
    member_id, _, inner = decode_cursor(cursor).partition("|")
    if member_id not in profiles:
        raise SiyuError("invalid_cursor", "Send the next_cursor of the page before, unchanged.", param="cursor")
    return profiles[profiles.index(member_id) :], inner or None
