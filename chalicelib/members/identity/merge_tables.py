"""The transactions by which a member becomes an alias of another, and is itself again. Pointers only: no data moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.kernel.clock import Millis
from chalicelib.members.identity import rules
from chalicelib.members.models import Profile
from chalicelib.members.tables import ALIVE, member_id_of, member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Write, transaction

MOST_KEYS = 88
"""Identities of two people together: with ten profiles they fit one transaction of 100 writes."""


def merge(loser: Item, aliases: Sequence[Item], survivor_id: str, claimed: Iterable[str], now: Millis) -> bool:
    """Make `loser`, with the `aliases` that lead to it, lead to the survivor. False when something changed meanwhile.

    `claimed`: keys that the loser claimed and its profile may not show yet. Settles chains and cycles: who is merged
    cannot be merged into, and both profiles must be as they were read.
    """
    loser_id = member_id_of(loser)
    owners = owners_of_keys([loser, *aliases]) | dict.fromkeys(claimed, loser_id)
    ids = {loser_id, *(member_id_of(alias) for alias in aliases)}
    return dynamo.transact(
        [
            change_of_profile(
                loser_id,
                "SET merged_into = :into, merged_at = :now",
                f"{ALIVE} AND attribute_not_exists(merged_into) AND {unchanged(loser)}",
                {":into": survivor_id, ":now": now, **seen(loser)},
            ),
            change_of_profile(
                survivor_id,
                "ADD aliases :ids",
                f"{ALIVE} AND attribute_not_exists(merged_into)"
                " AND (attribute_not_exists(aliases) OR size(aliases) <= :room)",
                {":ids": ids, ":room": rules.MOST_ALIASES - len(ids)},
            ),
            *(_point(key, owner, survivor_id) for key, owner in owners.items()),
        ]
    )


def unmerge(loser: Item, aliases: Sequence[Item], above: Sequence[Item], now: Millis) -> bool:
    """Undo a merge: the loser stands for itself and its own aliases again. False when something changed meanwhile.

    `above`: the member that the loser was merged into, and those that one was merged into.
    """
    loser_id, into = member_id_of(loser), member_id_of(above[0])
    ids = {loser_id, *(member_id_of(alias) for alias in aliases)}
    return dynamo.transact(
        [
            change_of_profile(
                loser_id,
                "SET unmerged_at = :now REMOVE merged_into, merged_at ADD apart :into",
                f"merged_into = :seen AND attribute_not_exists(erased_at) AND {unchanged(loser)}",
                {":now": now, ":into": {into}, ":seen": into, **seen(loser)},
            ),
            *(
                change_of_profile(
                    member_id_of(profile),
                    "DELETE aliases :ids ADD apart :loser",
                    "contains(aliases, :id)",
                    {":ids": ids, ":loser": {loser_id}, ":id": loser_id},
                )
                for profile in above
            ),
            *(_point(key, owner, loser_id) for key, owner in owners_of_keys([loser, *aliases]).items()),
        ]
    )


def unchanged(profile: Item) -> str:
    """The condition that a profile has the identities and aliases that `seen` fills in."""
    known = " AND ids = :ids_seen" if profile.get("ids") else ""
    if profile.get("aliases"):
        return f"aliases = :aliases_seen{known}"
    return f"attribute_not_exists(aliases){known}"


def seen(profile: Item) -> Item:
    """The values of `unchanged`."""
    found = {":ids_seen": profile.get("ids"), ":aliases_seen": profile.get("aliases")}
    return {name: value for name, value in found.items() if value}


def change_of_profile(member_id: str, expression: str, condition: str, values: Item) -> Write:
    """One profile's part of a transaction."""
    return change(member_key(member_id), "PROFILE", expression, condition, values)


def change(pk: str, sk: str, expression: str, condition: str, values: Item) -> Write:
    """One row's part of a transaction."""
    return transaction.update(Profile, pk, sk, expression, condition=condition, values=values)


def owners_of_keys(profiles: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Identity keys of some profiles, each with the member that claimed it."""
    keys: dict[str, str] = {}
    for profile in profiles:
        found: Item = dict(profile)
        keys |= dict.fromkeys(sorted(found.get("ids", ())), member_id_of(found))
    return keys


def _point(key: str, owner: str, target: str) -> Write:
    """An identity leads to `target`, or to its owner again."""
    if owner == target:
        return change(key, "ID", "REMOVE cur", "m = :owner", {":owner": owner})
    return change(key, "ID", "SET cur = :into", "m = :owner", {":into": target, ":owner": owner})
