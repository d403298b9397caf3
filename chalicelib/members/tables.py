"""The members' table, and the conditional writes by which an identity belongs to one member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item


class Identity(dynamo.Row):
    """Who an openid, unionid, phone or external_userid is. pk = `ID#<kind>#<keyed hash>`, sk = `ID`."""

    class Meta:
        table_name = dynamo.TableName("members")

    m = UnicodeAttribute()
    """The member that claimed it, for ever."""
    cur = UnicodeAttribute(null=True)
    """The member that `m` was merged into, written in the merge's own transaction."""
    at = NumberAttribute()


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
    merged_into = UnicodeAttribute(null=True)
    aliases = UnicodeSetAttribute(null=True)


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
    expires = NumberAttribute()


class Review(dynamo.Row):
    """Two identified members who share a key: for a person to decide. pk = `REVIEWS`, sk = digest of the two."""

    class Meta:
        table_name = dynamo.TableName("members")

    one = UnicodeAttribute()
    other = UnicodeAttribute()
    reason = UnicodeAttribute()
    at = NumberAttribute()


def identity_key(kind: str, hashed: str) -> str:
    """pk of an identity's row."""
    return f"ID#{kind}#{hashed}"


def member_key(member_id: str) -> str:
    """pk of everything a member has."""
    return f"MBR#{member_id}"


def member_id_of(item: Mapping[str, object]) -> str:
    """The member whose row this is."""
    return str(item["pk"]).removeprefix("MBR#")


def owners(keys: Sequence[str]) -> dict[str, str]:
    """The current members behind identity keys: 0.5 RRU each in one call.

    Eventually consistent: who misses a fresh row, or a key that was not served, loses `claim` and learns it there.
    """
    table = Identity.Meta.table_name
    answer = client("dynamodb").batch_get_item(
        RequestItems={table: {"Keys": [{"pk": {"S": key}, "sk": {"S": "ID"}} for key in keys]}},
        ReturnConsumedCapacity="TOTAL",
    )
    found = (dynamo.unpack_item(item) for item in answer["Responses"].get(table, []))
    return {item["pk"]: _owner(item) for item in found}


def owner(key: str) -> str | None:
    """The current member behind one identity key: 0.5 RRU."""
    item = dynamo.get(Identity, key, "ID")
    return _owner(item) if item else None


def claim(key: str, member_id: str, now: Millis) -> str:
    """The member whose identity this is from now on.

    Settles two logins of one person at the same instant: the first writer's member id stands, the second reads it.
    """
    outcome = dynamo.put_once(Identity, {"pk": key, "sk": "ID", "m": member_id, "at": now})
    return member_id if outcome.done else _owner(outcome.item)


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


def link(member_id: str, keys: Iterable[str], named: Mapping[str, str]) -> Item:
    """Note on the profile which identities it has; `named` are values the profile keeps, the first of a kind stays."""
    assignments = ", ".join(f"{name} = if_not_exists({name}, :{name})" for name in named)
    outcome = dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        f"{'SET ' + assignments if assignments else ''} ADD ids :ids".strip(),
        condition="attribute_exists(pk)",
        values={":ids": set(keys), **{f":{name}": value for name, value in named.items()}},
        returns="ALL_NEW",
    )
    return outcome.item


def keep_phone(member_id: str, key: str, sealed: bytes, masked: str, now: Millis) -> Item:
    """A verified phone on the profile; the newest one stands."""
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET phone = :phone, phone_masked = :masked, phone_verified_at = :now ADD ids :ids",
        condition="attribute_exists(pk)",
        values={":phone": sealed, ":masked": masked, ":now": now, ":ids": {key}},
        returns="ALL_NEW",
    ).item


def keep_latest_channel(member_id: str, channel_id: str, at: Millis) -> None:
    """Where the member came from last. Settles events out of order: an older one changes nothing."""
    dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET channel_latest = :channel, channel_latest_at = :at",
        condition="channel_latest_at < :at",
        values={":channel": channel_id, ":at": at},
    )


def _owner(item: Item) -> str:
    return str(item.get("cur") or item["m"])


MODELS: Sequence[type[dynamo.Row]] = (Identity, Profile, Consent, Moment, SpentScan, Review)
