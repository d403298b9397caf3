"""The conditional writes on a push and its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.pushes.models import Open, Push, Run
from chalicelib.pushes.rules import State
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, transaction

RECIPIENTS: Final = 500
"""Of a page: as 16-byte ULIDs they fit 8 KB, 8 WRU once."""


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
    # Two creations under one id, or one that boto3 sent twice: the first stands.
    made = dynamo.transact([transaction.put_once(Push, item) for item in (push, run, listed)])
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


def open_pushes(now: Millis) -> Iterator[str]:
    """Ids of the open pushes whose time has come."""
    return (row["sk"].partition("#")[2] for row in dynamo.every(Open, "OPEN", up_to=f"{now:015d}~"))


def close(push: Item) -> None:
    """Take a push that is over out of the schedule."""
    dynamo.delete(Open, "OPEN", open_key(push))
