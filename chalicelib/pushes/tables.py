"""The pushes' table and the conditional writes on a push, its plan and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.kernel.clock import Millis
from chalicelib.pushes.rules import State
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

RECIPIENTS: Final = 500
"""Of a page: as 16-byte ULIDs they fit 8 KB, 8 WRU once."""


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


def push_key(push_id: str) -> str:
    """pk of all of a push."""
    return f"PUSH#{push_id}"


def open_key(push: Item) -> str:
    """sk of an open push, in the order of the starting times."""
    return f"{push['starts_at']:015d}#{push['pk'].removeprefix('PUSH#')}"


def create(push_id: str, fields: Item) -> Item:
    """A push with its run and its place in the schedule, all or nothing; or what an earlier try with the id wrote."""
    push = {"pk": push_key(push_id), "sk": "PUSH", **fields}
    run = {"pk": push_key(push_id), "sk": "RUN", "n": 0, "a": 0, "p": False, "f": 0, "at": fields["created_at"]}
    listed = {"pk": "OPEN", "sk": open_key(push)}
    made = dynamo.transact(
        [
            {
                "Put": {
                    "TableName": Push.Meta.table_name,
                    "Item": dynamo.pack_item(item),
                    # Two creations under one id, or one that boto3 sent twice: the first stands.
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for item in (push, run, listed)
        ]
    )
    return push if made else get_push(push_id, strong=True) or push


def get_push(push_id: str, *, strong: bool = False) -> Item | None:
    """A push."""
    return dynamo.get(Push, push_key(push_id), "PUSH", strong=strong)


def get_run(push_id: str) -> Item:
    """How far a push has come (strong)."""
    return dynamo.get(Run, push_key(push_id), "RUN", strong=True) or {}


def change_state(push_id: str, allowed: Sequence[State], state: State) -> Outcome:
    """Move a push on. Settles rivals such as cancel against the last page: the first one moves it, the other sees."""
    names = {f":from{place}": value for place, value in enumerate(allowed)}
    return dynamo.update(
        Push,
        push_key(push_id),
        "PUSH",
        "SET #state = :to",
        condition=f"#state IN ({', '.join(names)})",
        names={"#state": "state"},
        values={":to": state, **names},
    )


def open_pushes(now: Millis, cursor: str | None) -> Page:
    """Open pushes whose time has come."""
    return dynamo.query(Open, "OPEN", up_to=f"{now:015d}~", cursor=cursor)


def close(push: Item) -> None:
    """Take a push that is over out of the schedule."""
    key = dynamo.pack_item({"pk": "OPEN", "sk": open_key(push)})
    dynamo.transact([{"Delete": {"TableName": Open.Meta.table_name, "Key": key}}])


MODELS: Sequence[type[dynamo.Row]] = (Push, Run, AudiencePage, Progress, Open, Cap)
