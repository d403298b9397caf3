"""The writes and reads of members' profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.members.identity import rules as identity_rules
from chalicelib.members.models import Profile
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

ALIVE: Final = "attribute_exists(pk) AND attribute_not_exists(erased_at)"
"""Of a profile: nothing is written to one that was erased a moment ago."""


def identity_key(kind: str, hashed: str) -> str:
    """pk of an identity's row."""
    return f"ID#{kind}#{hashed}"


def member_key(member_id: str) -> str:
    """pk of everything a member has."""
    return f"MBR#{member_id}"


def member_id_of(item: Mapping[str, object]) -> str:
    """The member whose row this is."""
    return str(item["pk"]).removeprefix("MBR#")


def create_profile(member_id: str, fields: Item) -> tuple[Item, bool]:
    """A member's row and whether it is born now.

    Settles who of several attempts may say "new": the row's birth happens once, also when boto3 sends it twice.
    """
    item = {"pk": member_key(member_id), "sk": "PROFILE", **fields}
    outcome = dynamo.put_once(Profile, item)
    if outcome.done:
        return item, True
    return outcome.item, outcome.item["made_by"] == fields["made_by"]


def profile(member_id: str, *, strong: bool = False) -> Item | None:
    """A member's row: 0.5 RRU, 1 when strong."""
    return dynamo.get(Profile, member_key(member_id), "PROFILE", strong=strong)


def profiles(member_ids: Iterable[str], *, strong: bool = False) -> dict[str, Item]:
    """The rows of some members by id: 0.5 RRU each, 1 when strong, a hundred a call."""
    found = dynamo.batch_get(Profile, [(member_key(member_id), "PROFILE") for member_id in member_ids], strong=strong)
    return {member_id_of(row): row for row in found.values()}


def link(member_id: str, keys: Iterable[str], named: Mapping[str, str | bytes]) -> Outcome:
    """Note on the profile which identities it has; `named` are values the profile keeps, the first of a kind stays.

    Not done for a profile that is gone or has `MOST_IDENTITIES`: an erasure at the same instant leaves nothing behind.
    """
    assignments = ", ".join(f"{name} = if_not_exists({name}, :{name})" for name in named)
    new = set(keys)
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        f"{'SET ' + assignments if assignments else ''} ADD ids :ids".strip(),
        condition=f"{ALIVE} AND size(ids) <= :room",
        values={
            ":ids": new,
            ":room": identity_rules.MOST_IDENTITIES - len(new),
            **{f":{name}": value for name, value in named.items()},
        },
        returns="ALL_NEW",
    )


def save_phone(member_id: str, key: str, sealed: bytes, masked: str, now: Millis) -> Outcome:
    """A verified phone on the profile; the newest one stands. Not done for a profile that is gone."""
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET phone = :phone, phone_masked = :masked, phone_verified_at = :now ADD ids :ids",
        condition=ALIVE,
        values={":phone": sealed, ":masked": masked, ":now": now, ":ids": {key}},
        returns="ALL_NEW",
    )


def save_account(member_id: str, key: str, account: str) -> Outcome:
    """A linked shop account on the profile. Not done for a profile that is gone or has all it may have."""
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "ADD ids :ids, accounts :accounts",
        condition=f"{ALIVE} AND (contains(ids, :key) OR size(ids) < :most)",
        values={":ids": {key}, ":key": key, ":accounts": {account}, ":most": identity_rules.MOST_IDENTITIES},
        returns="ALL_NEW",
    )


def save_former(member_id: str, since: Millis | None, former: Iterable[str]) -> None:
    """What a tombstone says of the person behind this member."""
    ids = set(former)
    if not ids:
        return
    dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET known_since = if_not_exists(known_since, :since) ADD former :former",
        condition=ALIVE,
        values={":since": since or 0, ":former": ids},
        returns="NONE",
    )


def save_latest_channel(member_id: str, channel_id: str, at: Millis) -> None:
    """Where the member came from last. Settles events out of order: an older one changes nothing."""
    dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET channel_latest = :channel, channel_latest_at = :at",
        condition="channel_latest_at < :at AND attribute_not_exists(erased_at)",
        values={":channel": channel_id, ":at": at},
    )
