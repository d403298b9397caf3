"""The rows of pushes' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.runtime import dynamo


class Push(dynamo.Row):
    """A push. pk = `PUSH#<push id>`, sk = `PUSH`. Only `state` ever changes."""

    class Meta:
        table_name = dynamo.TableName("pushes")

    segment_id = UnicodeAttribute()
    version = NumberAttribute()
    media: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute)
    purpose = UnicodeAttribute()
    content: MapAttribute[str, object] = MapAttribute()  # type: ignore[no-untyped-call]
    ignore_quiet_hours = BooleanAttribute()
    starts_at = NumberAttribute()
    state = UnicodeAttribute()
    asked = UnicodeAttribute()
    """Digest of what was asked for: the same dedupe_key with something else is refused."""
    created_at = NumberAttribute()


class Run(dynamo.Row):
    """How far a push has come, small because it is written with every page. pk = `PUSH#<push id>`, sk = `RUN`.

    Beside these, `z<letter>` = recipients of the folded pages with that outcome.
    """

    class Meta:
        table_name = dynamo.TableName("pushes")

    n = NumberAttribute()
    """Pages made."""
    a = NumberAttribute()
    """Recipients on them."""
    c = UnicodeAttribute(null=True)
    """Where the walk over the segment goes on."""
    p = BooleanAttribute()
    """The walk is over: the audience is complete."""
    f = NumberAttribute()
    """Pages 1 … f are folded into the counts."""
    at = NumberAttribute()


class AudiencePage(dynamo.Row):
    """Recipients, never changed. pk = `PUSH#<push id>`, sk = `PAGE#<number>`.

    A page is named by its number, not by a hash of its cursor: each page keeps the cursor of the next, so the
    number stands for the cursor, and it gives the pages the order in which they are folded.
    """

    class Meta:
        table_name = dynamo.TableName("pushes")

    m = BinaryAttribute(legacy_encoding=False)
    """ULIDs of the members, 16 bytes each."""
    next = UnicodeAttribute(null=True)


class Progress(dynamo.Row):
    """What became of a page. pk = `PUSH#<push id>`, sk = `PROG#<number>`."""

    class Meta:
        table_name = dynamo.TableName("pushes")

    st = UnicodeAttribute()
    """One letter per recipient (rules.OUTCOMES)."""
    own = UnicodeAttribute()
    until = NumberAttribute()
    bad = NumberAttribute()
    """Rounds in which the medium was away."""
    done = BooleanAttribute(null=True)


class Open(dynamo.Row):
    """A push that is not over: what the schedule looks at. pk = `OPEN`, sk = `<starts_at>#<push id>`."""

    class Meta:
        table_name = dynamo.TableName("pushes")


class Cap(dynamo.Row):
    """What a member got lately. pk = `CAP#<member id>`, sk = `CAP`.

    `k<month>` = pushes of a month (set of 10 letters), `d<day>` = messages of a day; see caps.py.
    """

    class Meta:
        table_name = dynamo.TableName("pushes")

    l = UnicodeAttribute(null=True)  # noqa: E741
    x = UnicodeSetAttribute(null=True)
    """Purposes that the member refuses."""


MODELS: Sequence[type[dynamo.Row]] = (Push, Run, AudiencePage, Progress, Open, Cap)
