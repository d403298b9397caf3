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

    Who was erased since is left out; who was merged shows under the member that stands for both.
    """
    rows, following = service.roster(guide_id, limit, cursor)
    profiles = members.current_of(row["sk"] for row in rows)
    alive = [row for row in rows if row["sk"] in profiles]
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(lambda row: _with_newest(row, profiles[row["sk"]]), alive)), following


def _with_newest(row: Item, profile: Item) -> OwnRow:
    return OwnRow(row, profile, members.newest_of_timeline(profile, 1)[0])
