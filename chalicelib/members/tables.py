"""The members' table, and the conditional writes by which an identity belongs to one member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.kernel.clock import Millis
from chalicelib.members import rules
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

ALIVE: Final = "attribute_exists(pk) AND attribute_not_exists(erased_at)"
"""Of a profile: nothing is written to one that was erased a moment ago."""


class Identity(dynamo.Row):
    """Who an openid, unionid, phone, external_userid or shop account is. pk = `ID#<kind>#<keyed hash>`, sk = `ID`.

    With `gone` it is a tombstone: the person was erased, and is not new when they come back.
    """

    class Meta:
        table_name = dynamo.TableName("members")

    m = UnicodeAttribute()
    """The member that claimed it, for ever."""
    cur = UnicodeAttribute(null=True)
    """The member that `m` was merged into, written in the merge's own transaction."""
    at = NumberAttribute()
    gone = NumberAttribute(null=True)
    since = NumberAttribute(null=True)
    """When the erased person first came."""
    f = UnicodeSetAttribute(null=True)
    """Member ids under which the erased person may have claimed something."""
    expires = NumberAttribute(null=True)


class Profile(dynamo.Row):
    """A member (会员). pk = `MBR#<member_id>`, sk = `PROFILE`. Its birth is the fact "this person is new"."""

    class Meta:
        table_name = dynamo.TableName("members")

    created_at = NumberAttribute()
    made_by = UnicodeAttribute()
    """The attempt that wrote the row: a write that was sent twice recognises itself."""
    ids = UnicodeSetAttribute()
    """pk of every identity row that is this member's."""
    openid = UnicodeAttribute(null=True)
    unionid = UnicodeAttribute(null=True)
    external_userid = UnicodeAttribute(null=True)
    phone = BinaryAttribute(legacy_encoding=False, null=True)
    phone_masked = UnicodeAttribute(null=True)
    phone_verified_at = NumberAttribute(null=True)
    channel_id = UnicodeAttribute()
    channel_latest = UnicodeAttribute()
    channel_latest_at = NumberAttribute()
    origin = UnicodeAttribute()
    origin_key = UnicodeAttribute(null=True)
    consents: MapAttribute[str, object] = MapAttribute()  # type: ignore[no-untyped-call]
    accounts = UnicodeSetAttribute(null=True)
    """`<system>:<id>` of shop accounts and cards: linked, not verified."""
    merged_into = UnicodeAttribute(null=True)
    merged_at = NumberAttribute(null=True)
    aliases = UnicodeSetAttribute(null=True)
    """Every member that leads here, also over another one."""
    apart = UnicodeSetAttribute(null=True)
    """Members whom an operator separated from this one: never merged by themselves again."""
    known_since = NumberAttribute(null=True)
    former = UnicodeSetAttribute(null=True)
    """Of a person who was erased and came back: when they first came, and the member ids they had."""
    erased_at = NumberAttribute(null=True)


class Consent(dynamo.Row):
    """One answer to one purpose, kept for ever. pk = `MBR#<member_id>`, sk = `C#<purpose>#<at>`."""

    class Meta:
        table_name = dynamo.TableName("members")

    granted = BooleanAttribute()
    version = UnicodeAttribute()
    at = NumberAttribute()


class Moment(dynamo.Row):
    """One dated thing a member did or met. pk = `MBR#<member_id>`, sk = `T#<at>#<digest of kind and key>`."""

    class Meta:
        table_name = dynamo.TableName("members")

    kind = UnicodeAttribute()
    key = UnicodeAttribute()
    at = NumberAttribute()
    facts: MapAttribute[str, object] = MapAttribute()  # type: ignore[no-untyped-call]


class SpentScan(dynamo.Row):
    """A scan id that brought somebody here once. pk = `SCAN#<digest of code and visit>`, sk = `SCAN`."""

    class Meta:
        table_name = dynamo.TableName("members")

    by = UnicodeAttribute()
    at = NumberAttribute()
    expires = NumberAttribute()


class Review(dynamo.Row):
    """Two identified members who share a key, for a person to decide. pk = its id, sk = `REVIEW`; kept for ever.

    While it is open a copy stands in the list: pk = `REVIEWS`, sk = its id.
    """

    class Meta:
        table_name = dynamo.TableName("members")

    one = UnicodeAttribute()
    other = UnicodeAttribute()
    reason = UnicodeAttribute()
    at = NumberAttribute()
    decision = UnicodeAttribute(null=True)
    survivor = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)


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
            ":room": rules.MOST_IDENTITIES - len(new),
            **{f":{name}": value for name, value in named.items()},
        },
        returns="ALL_NEW",
    )


def keep_phone(member_id: str, key: str, sealed: bytes, masked: str, now: Millis) -> Outcome:
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


def keep_account(member_id: str, key: str, account: str) -> Outcome:
    """A linked shop account on the profile. Not done for a profile that is gone or has all it may have."""
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "ADD ids :ids, accounts :accounts",
        condition=f"{ALIVE} AND (contains(ids, :key) OR size(ids) < :most)",
        values={":ids": {key}, ":key": key, ":accounts": {account}, ":most": rules.MOST_IDENTITIES},
        returns="ALL_NEW",
    )


def keep_former(member_id: str, since: Millis | None, former: Iterable[str]) -> None:
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


def keep_latest_channel(member_id: str, channel_id: str, at: Millis) -> None:
    """Where the member came from last. Settles events out of order: an older one changes nothing."""
    dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET channel_latest = :channel, channel_latest_at = :at",
        condition="channel_latest_at < :at AND attribute_not_exists(erased_at)",
        values={":channel": channel_id, ":at": at},
    )


MODELS: Sequence[type[dynamo.Row]] = (Identity, Profile, Consent, Moment, SpentScan, Review)
