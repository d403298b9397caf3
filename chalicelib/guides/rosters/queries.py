"""What a guide's list shows of each member: read for the page that is asked for, never kept in an index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from chalicelib.guides.rosters import service
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item

_READERS: Final = 8


class OwnRow(NamedTuple):
    """A member on a guide's list; `last` is the newest row of their timeline."""

    roster: Item
    profile: Item
    last: Item


def own_members(guide_id: str, limit: int, cursor: str | None) -> tuple[list[OwnRow], str | None]:
    """A page of the members bound to a guide or followed: 1 RRU for each, whatever they did in their lives.

    Who was erased since is left out; who was merged shows once, under the member that stands for both, for 1 RRU more
    of each profile.
    """
    rows, following = service.roster(guide_id, limit, cursor)
    profiles = members.current_of(row["sk"] for row in rows)
    alive = [row for row in rows if row["sk"] in profiles]
    with ThreadPoolExecutor(_READERS) as readers:
        shown = readers.map(lambda row: _shown(guide_id, row, profiles[row["sk"]]), alive)
        return [row for row in shown if row], following


def _shown(guide_id: str, row: Item, profile: Item) -> OwnRow | None:
    """None for another row of a person who is on the list already."""
    united = service.united_row(guide_id, members.person_of(profile), row)
    return OwnRow(united, profile, members.newest_of_timeline(profile, 1)[0]) if united else None
