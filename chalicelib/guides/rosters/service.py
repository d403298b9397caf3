"""Use cases of rosters: the members that a guide may see."""

from __future__ import annotations

from chalicelib.guides.bindings.rules import Binding
from chalicelib.guides.bindings.service import binding_as_of
from chalicelib.guides.rosters import tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import not_found
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.dynamo import Item, Page


def roster(guide_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the members bound to a guide or followed by the guide; `sk` is the member's id."""
    return tables.roster_page(guide_id, limit, cursor)


def member_of_guide(guide_id: str, member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """The profile of a guide's own member and the binding in force; 404 for everybody else's."""
    profile, binding = member_and_binding(member_id, now)
    is_bound = binding is not None and binding.guide_id == guide_id
    if not is_bound and not is_followed_by(guide_id, members.person_of(profile)):
        raise not_found("member", member_id)
    return profile, binding


def member_and_binding(member_id: str, now: Millis) -> tuple[Item, Binding | None]:
    """A member's profile and the binding in force; 404 for nobody."""
    profile = members.current(member_id)
    return profile, binding_as_of(members.person_of(profile), now)


def united_row(guide_id: str, person: Person, row: Item) -> Item | None:
    """A row of a person on a guide's list with what the person's other rows say.

    None when another of them stands for the person, or when nothing holds any more: 1 RRU for each profile of one
    who was merged.
    """
    if not person.aliases:
        return row
    rows = _rows(guide_id, person)
    followed = _is_followed(rows)
    visible = [one for one in rows if one.get("bound") or (followed and one.get("followed"))]
    if not visible or visible[0]["sk"] != row["sk"]:
        return None
    bound = next((one for one in visible if one.get("bound")), {})
    return {**row, "bound": bool(bound), "bat": bound.get("bat"), "followed": followed}


def is_followed_by(guide_id: str, person: Person) -> bool:
    """Whether a contact between the two stands: of each contact the newest word counts, under whichever profile."""
    return _is_followed(_rows(guide_id, person))


def _rows(guide_id: str, person: Person) -> list[Item]:
    found = (tables.roster_row(guide_id, member_id) for member_id in person.ids)
    return [row for row in found if row]


def _is_followed(rows: list[Item]) -> bool:
    newest: dict[str, Item] = {}
    for row in rows:
        known = newest.get(row.get("c", ""), {})
        if row.get("fct", 0) > known.get("fct", 0):
            newest[row["c"]] = row
    return any(row["followed"] for row in newest.values())


def own_row(guide_id: str, person: Person) -> Item | None:
    """A person's row on a guide's list, under whichever of their ids it stands; None when they are not on it."""
    rows = _rows(guide_id, person) if person.state == "member" else []
    return next((row for row in rows if row.get("bound") or row.get("followed")), None)
