"""Use cases of rosters: the members that a guide may see."""

from __future__ import annotations

from chalicelib.guides.bindings.rules import Binding
from chalicelib.guides.bindings.service import binding_as_of
from chalicelib.guides.rosters import tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item, Page


def roster(guide_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the members bound to a guide or followed by the guide; `sk` is the member's id."""
    return tables.roster_page(guide_id, limit, cursor)


def member_of_guide(guide_id: str, member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """The profile of a guide's own member and the binding in force; 404 for everybody else's."""
    profile, binding = member_and_binding(member_id, now)
    member_id, aliases = profile["pk"].removeprefix("MBR#"), sorted(profile.get("aliases", ()))
    if binding is None or binding.guide_id != guide_id:
        rows = (tables.roster_row(guide_id, known) or {} for known in (member_id, *aliases))
        if not any(row.get("followed") for row in rows):
            raise not_found("member", member_id)
    return profile, binding


def member_and_binding(member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """A member's profile and the binding in force; 404 for nobody."""
    profile = members.current(member_id)
    return profile, binding_as_of(profile["pk"].removeprefix("MBR#"), now, aliases=profile.get("aliases", ()))


def own_row(guide_id: str, member_id: str) -> Item | None:
    """A member's row on a guide's list, under whichever of their ids it stands; None when they are not on it."""
    try:
        profile = members.current(member_id)
    except SiyuError:
        return None
    for known in (profile["pk"].removeprefix("MBR#"), *sorted(profile.get("aliases", ()))):
        row = tables.roster_row(guide_id, known)
        if row and (row.get("bound") or row.get("followed")):
            return row
    return None
