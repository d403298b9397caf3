"""The rows of the members' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.runtime import dynamo


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


class TimelineEntry(dynamo.Row):
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


class Erasure(dynamo.Row):
    """That a person was erased. pk = `GONE#<member_id>`, sk = `GONE`. No personal data: ids and keyed hashes."""

    class Meta:
        table_name = dynamo.TableName("members")

    at = NumberAttribute()
    ids = UnicodeSetAttribute()
    """The member and all who lead to it."""
    keys = UnicodeSetAttribute(null=True)
    """Their identities, keyed hashes."""
    due = NumberAttribute(null=True)
    """When to look again; absent when nothing is left to do."""
    expires = NumberAttribute()


class DueErasure(dynamo.Row):
    """What the schedule looks at. pk = `GONE-DUE#<shard>`, sk = `<due, 15 digits>#<member_id>`."""

    class Meta:
        table_name = dynamo.TableName("members")


class Import(dynamo.Row):
    """An import of existing members. pk = `IMPORT#<import_id>`, sk = `IMPORT`. `st`: waiting → planning → running."""

    class Meta:
        table_name = dynamo.TableName("members")

    st = UnicodeAttribute()
    channel_id = UnicodeAttribute(null=True)
    created_at = NumberAttribute()
    lines = NumberAttribute(null=True)
    parts = NumberAttribute(null=True)
    fin = NumberAttribute(null=True)
    """Parts that are done."""
    why = UnicodeAttribute(null=True)


class ImportPart(dynamo.Row):
    """2,000 lines. pk = `IMPORT#<import_id>`, sk = `P#<number>`. `d`: lines done, of which `new`, `known`, `bad`."""

    class Meta:
        table_name = dynamo.TableName("members")

    f = NumberAttribute()
    t = NumberAttribute()
    l = NumberAttribute()  # noqa: E741
    n = NumberAttribute()
    d = NumberAttribute()


class RefusedRow(dynamo.Row):
    """A line that was not imported. pk = `IMPORT#<import_id>`, sk = `X#<line, 9 digits>`. No personal data."""

    class Meta:
        table_name = dynamo.TableName("members")

    why = UnicodeAttribute()
    column = UnicodeAttribute(null=True)


MODELS: Sequence[type[dynamo.Row]] = (Identity, Profile, Consent, TimelineEntry, SpentScan, Review)
