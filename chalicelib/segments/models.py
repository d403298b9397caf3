"""The rows of segments' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.runtime import dynamo


class Tag(dynamo.Row):
    """A label that people put on members (标签). pk = `TAGS`, sk = tag id."""

    class Meta:
        table_name = dynamo.TableName("segments")

    name = UnicodeAttribute()
    group = UnicodeAttribute(null=True)
    created_at = NumberAttribute()


class Segment(dynamo.Row):
    """An audience (人群): a rule of one version. pk = `SEGMENTS`, sk = segment id."""

    class Meta:
        table_name = dynamo.TableName("segments")

    name = UnicodeAttribute()
    rule: MapAttribute[str, object] = MapAttribute()  # type: ignore[no-untyped-call]
    version = NumberAttribute()
    counting = NumberAttribute()
    """Number of the count that was asked for last; each one walks the directory once."""
    asked_at = NumberAttribute()
    created_at = NumberAttribute()


class Count(dynamo.Row):
    """One count of a segment's members. pk = `COUNT#<segment id>`, sk = its number, 8 digits."""

    class Meta:
        table_name = dynamo.TableName("segments")

    version = NumberAttribute()
    cursor = UnicodeAttribute(null=True)
    """Where the walk goes on; null when it is over."""
    found = NumberAttribute()
    sample: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute)
    done = BooleanAttribute()
    at = NumberAttribute()
    expires = NumberAttribute()


class Entry(dynamo.Row):
    """What rules ask of a member. pk = `DIR#<shard>`, sk = member id. Short names: each walk pays for them."""

    class Meta:
        table_name = dynamo.TableName("segments")

    c = UnicodeAttribute(null=True)
    g = UnicodeAttribute(null=True)
    s = UnicodeAttribute(null=True)
    o = UnicodeAttribute(null=True)
    j = NumberAttribute(null=True)
    t = UnicodeSetAttribute(null=True)
    v = NumberAttribute(null=True)
    """Counts the writes of c, g, s, o, j: who read an older v writes nothing."""


MODELS: Sequence[type[dynamo.Row]] = (Tag, Segment, Count, Entry)
