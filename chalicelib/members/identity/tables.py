"""Identities: each belongs to one member, by a conditional write of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.members.models import Identity
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


class Owner(NamedTuple):
    """Whose an identity is. `claimed_by` is the member that claimed it, `member_id` the one that stands for it.

    With `gone_at` it is a tombstone. `since` and `former` tell of a person who was erased.
    """

    member_id: str
    claimed_by: str
    gone_at: Millis | None = None
    since: Millis | None = None
    former: frozenset[str] = frozenset()


def owners(keys: Sequence[str]) -> dict[str, Owner]:
    """The owners of identity keys: 0.5 RRU each, a hundred a call.

    Eventually consistent: who misses a fresh row loses `claim` and learns it there.
    """
    found = dynamo.batch_get(Identity, [(key, "ID") for key in keys])
    return {pk: owner_of(item) for (pk, _), item in found.items()}


def owner(key: str) -> Owner | None:
    """The owner of one identity key: 0.5 RRU."""
    item = dynamo.get(Identity, key, "ID")
    return owner_of(item) if item else None


def claim(key: str, member_id: str, now: Millis) -> Owner:
    """Whose identity this is from now on.

    Settles two logins of one person at the same instant: the first writer's member id stands, the second reads it.
    """
    outcome = dynamo.put_once(Identity, {"pk": key, "sk": "ID", "m": member_id, "at": now})
    return Owner(member_id, member_id) if outcome.done else owner_of(outcome.item)


def take_over(key: str, old: str, member_id: str, now: Millis) -> Owner:
    """Claim what an erased member left behind; who that was stays on the row, so that nobody becomes new twice.

    Settles two logins of a person who comes back: the first one's member id stands, the second reads it.
    """
    outcome = dynamo.update(
        Identity,
        key,
        "ID",
        "SET m = :new, #at = :now, since = if_not_exists(since, :long_ago), f = if_not_exists(f, :former)"
        " REMOVE gone, cur, expires",
        condition="m = :old",
        names={"#at": "at"},
        values={":new": member_id, ":old": old, ":now": now, ":long_ago": 0, ":former": {old}},
        returns="ALL_NEW",
    )
    return owner_of(outcome.item) if outcome.item else claim(key, member_id, now)


def owner_of(item: Mapping[str, object]) -> Owner:
    """An identity's row as a value."""
    row: Item = dict(item)
    return Owner(
        str(row.get("cur") or row["m"]), str(row["m"]), row.get("gone"), row.get("since"), frozenset(row.get("f", ()))
    )
