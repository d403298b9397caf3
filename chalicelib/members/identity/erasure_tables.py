"""The rows of an erasure: that it was asked for, how far it is, when to look again; and the tombstones it leaves."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.members.identity.merge_tables import change, change_of_profile, owners_of_keys, seen, unchanged
from chalicelib.members.models import DueErasure, Erasure, Profile
from chalicelib.members.tables import ALIVE, member_id_of, member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Write, transaction

SHARDS: Final = 4


TOMBSTONE_LIFE: Final = 400 * DAY
"""Longer than a campaign runs: so long nobody becomes new twice."""


_PERSONAL: Final = (
    "ids",
    "openid",
    "unionid",
    "external_userid",
    "phone",
    "phone_masked",
    "phone_verified_at",
    "accounts",
    "consents",
    "origin_key",
    "apart",
    "known_since",
    "former",
)


def bury(profile: Item, aliases: Sequence[Item], due: Millis, now: Millis) -> bool:
    """The person is gone from this moment on, all or nothing. False when a profile changed meanwhile.

    Settles an identity that is linked, a merge or another erasure at the same instant: each profile must be as it
    was read. Tombstones stand from the same moment, so what is in flight meets them.
    """
    member_id, people = member_id_of(profile), [profile, *aliases]
    owners = owners_of_keys(people)
    ids = {member_id_of(one) for one in people}
    former = ids.union(*(one.get("former", ()) for one in people))
    since = min(int(one.get("known_since", one["created_at"])) for one in people)
    expires = (now + TOMBSTONE_LIFE) // 1000
    row: Item = {"at": now, "ids": ids, "due": due, "expires": expires}
    tomb = {":now": now, ":since": since, ":former": former, ":expires": expires}
    return dynamo.transact(
        [
            _put_once((erasure_key(member_id), "GONE"), {**row, **({"keys": set(owners)} if owners else {})}),
            _put_once(_due_key(due, member_id), {}),
            *(
                change_of_profile(
                    member_id_of(one),
                    "SET erased_at = :now",
                    f"{ALIVE} AND attribute_{'not_' if one is profile else ''}exists(merged_into) AND {unchanged(one)}",
                    {":now": now, **seen(one)},
                )
                for one in people
            ),
            *(
                change(
                    key,
                    "ID",
                    "SET gone = :now, since = :since, f = :former, expires = :expires REMOVE cur",
                    "m = :owner",
                    {**tomb, ":owner": owner},
                )
                for key, owner in owners.items()
            ),
        ]
    )


def find(member_id: str) -> Item | None:
    """The erasure of the member who stood for the person."""
    return dynamo.get(Erasure, erasure_key(member_id), "GONE", strong=True)


def forget(member_id: str) -> None:
    """Delete everything under a member but the bare profile, which says that it is gone. May be repeated."""
    dynamo.delete_partition(Profile, member_key(member_id), keep=("PROFILE",))
    dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        f"REMOVE {', '.join(_PERSONAL)}",
        condition="attribute_exists(erased_at)",
        returns="NONE",
    )


def due_rows(now: Millis) -> Iterator[str]:
    """Members whose erasure is to be looked at."""
    for shard in range(SHARDS):
        for row in dynamo.every(DueErasure, f"GONE-DUE#{shard}", up_to=f"{now:015d}~"):
            yield row["sk"].partition("#")[2]


def reschedule(member_id: str, seen_due: Millis, due: Millis | None) -> None:
    """Move the erasure's place in the schedule, or take it off. Settles two workers: the first one moves it."""
    expression = "SET due = :due" if due else "REMOVE due"
    values: Item = {":seen": seen_due, **({":due": due} if due else {})}
    drop = transaction.delete(Profile, *_due_key(seen_due, member_id))
    moved = [_put_once(_due_key(due, member_id), {})] if due else []
    dynamo.transact([change(erasure_key(member_id), "GONE", expression, "due = :seen", values), drop, *moved])


def erasure_key(member_id: str) -> str:
    """pk of an erasure."""
    return f"GONE#{member_id}"


def _due_key(due: Millis, member_id: str) -> dynamo.Key:
    return f"GONE-DUE#{zlib.crc32(member_id.encode()) % SHARDS}", f"{due:015d}#{member_id}"


def _put_once(key: dynamo.Key, fields: Item) -> Write:
    return transaction.put_once(Profile, {"pk": key[0], "sk": key[1], **fields})
