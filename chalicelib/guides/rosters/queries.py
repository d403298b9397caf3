"""What a guide's list shows of each member: read for the page that is asked for, never kept in an index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from chalicelib.guides.rosters import service
from chalicelib.kernel.errors import SiyuError
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
    with ThreadPoolExecutor(_READERS) as readers:
        found = [row for row in readers.map(_read, rows) if row]
    return found, following


def _read(row: Item) -> OwnRow | None:
    try:
        profile = members.current(row["sk"])
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return None
    return OwnRow(row, profile, members.timeline(profile, 1, None).items[0])
