"""What an order is credited from that other areas own: who the member is, and whose customer they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError

if TYPE_CHECKING:
    from chalicelib.members.service import Person


class Bound(Protocol):
    """A dated binding of a member to a guide."""

    @property
    def guide_id(self) -> str: ...


class Sources(NamedTuple):
    """Questions to members and guides, with what each costs on the caller's path."""

    person_of: Callable[[str, str], Person | None]
    """Who is named by (kind, value), None for nobody we know: 1 RRU, of a member id 0.5."""
    person: Callable[[str], Person]
    """The person behind a member id of an order; of somebody who is gone, the id that we have: 0.5 RRU."""
    binding_as_of: Callable[[Person, Millis], Bound | None]
    """The binding at a moment, read strongly: 1 RRU for each profile."""


def live() -> Sources:
    """The real ones."""
    from chalicelib.guides.bindings import service as guides
    from chalicelib.members import service as members

    return Sources(person_of, members.person_or_erased, guides.binding_as_of)


def person_of(kind: str, value: str) -> Person | None:
    """The person with this identity; also for a member id, which may have been merged since."""
    from chalicelib.members import service as members

    try:
        member_id = value if kind == "member_id" else members.member_of(kind, value)
        return members.person(member_id) if member_id else None
    except SiyuError as error:
        # A phone that is none, an id that nobody has: the order counts, its buyer is unknown.
        if error.code not in ("not_found", "invalid_parameter"):
            raise
        return None
