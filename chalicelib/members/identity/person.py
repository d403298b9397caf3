"""A person, not an id: who asks an area something about somebody asks for all of their member ids."""

from __future__ import annotations

from typing import Literal

import msgspec

from chalicelib.kernel.errors import SiyuError
from chalicelib.members.identity import merge
from chalicelib.members.identity.rules import MOST_ALIASES
from chalicelib.members.tables import member_id_of
from chalicelib.runtime.dynamo import Item


class Person(msgspec.Struct, frozen=True):
    """Somebody as they stand now. Write under `id`, read under all `ids`.

    `id`: the member that stands for them; `aliases`: those merged into it; `former`: those they had before they
    were erased, which count where something is given once per person. `state`: `erased` of one of whom nothing but
    the id is known. `openid`: that of the session that asks, None where nobody is there. `turns` grows whenever
    profiles came together or parted.
    """

    id: str
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    state: Literal["member", "erased"] = "member"
    openid: str | None = None
    turns: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        """Every member id under which something of this person may stand."""
        return (self.id, *self.aliases)

    @property
    def ids_ever(self) -> tuple[str, ...]:
        """`ids`, and those from before an erasure: what a person may have once is looked for under all of them."""
        return (*self.ids, *(former for former in self.former if former not in self.ids))


def person(member_id: str, *, strong: bool = False, openid: str | None = None) -> Person:
    """The person behind a member id; 404 when there is none or no more.

    0.5 RRU, 1 when strong, and as much again for each step that a merged id leads on.
    """
    return person_of(merge.current(member_id, strong=strong), openid=openid)


def person_or_erased(member_id: str, *, strong: bool = False) -> Person:
    """The same for what must go on without them: of one who is gone, the id that we have."""
    try:
        return person(member_id, strong=strong)
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return Person(member_id, state="erased")


def person_of(profile: Item, *, openid: str | None = None) -> Person:
    """The person whose standing profile was read already."""
    aliases, former = profile.get("aliases") or (), profile.get("former") or ()
    # To part from somebody counts more than all who may leave by it.
    turns = len(aliases) + (MOST_ALIASES + 1) * len(profile.get("apart") or ())
    return Person(member_id_of(profile), tuple(sorted(aliases)), tuple(sorted(former)), openid=openid, turns=turns)
