"""What an order is credited from that other areas own: who the member is, and whose customer they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError


class Bound(Protocol):
    """A dated binding of a member to a guide."""

    @property
    def guide_id(self) -> str: ...


class Sources(NamedTuple):
    """Questions to members and guides, with what each costs on the caller's path."""

    member_of: Callable[[str, str], str | None]
    """The current member named by (kind, value), None for nobody we know: 0.5 RRU."""
    profiles_of: Callable[[str], list[str]]
    """The member's id and those merged into it: 0.5 RRU."""
    binding_as_of: Callable[[str, Millis], Bound | None]
    """The binding at a moment, read strongly: 1 RRU."""


def live() -> Sources:
    """The real ones."""
    from chalicelib.guides.bindings import service as guides

    return Sources(member_of, profiles_of, guides.binding_as_of)


def member_of(kind: str, value: str) -> str | None:
    """The current member with this identity; also for a member id, which may have been merged since."""
    from chalicelib.members import service as members

    try:
        return _id_of(value) if kind == "member_id" else members.member_of(kind, value)
    except SiyuError as error:
        # A phone that is none, an id that nobody has: the order counts, its buyer is unknown.
        if error.code not in ("not_found", "invalid_parameter"):
            raise
        return None


def profiles_of(member_id: str) -> list[str]:
    """Every id under which this person may have left a touch; of somebody who is gone, the one id we have."""
    from chalicelib.members import service as members

    try:
        profile = members.current(member_id)
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return [member_id]
    return [member_id, *sorted(profile.get("aliases") or ())]


def _id_of(member_id: str) -> str:
    from chalicelib.members import service as members

    return members.member_id_of(members.current(member_id))
