"""A crash at one AWS call: before it is sent, or after it took effect with its answer lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

When = Literal["before", "after"]


class Crashed(RuntimeError):
    """The worker died here."""


@contextmanager
def crashing_at(call: int, when: When) -> Iterator[Callable[[], bool]]:
    """The n-th DynamoDB call of the block crashes, once; the given function says whether it came to that."""
    from chalicelib.runtime.aws import client

    seen = [0]

    def crash(**_: Any) -> None:
        seen[0] += 1
        if seen[0] == call:
            raise Crashed

    event = "before-call.dynamodb" if when == "before" else "after-call.dynamodb"
    events = client("dynamodb").meta.events
    events.register(event, crash)
    try:
        yield lambda: seen[0] >= call
    finally:
        events.unregister(event, crash)


def until_done(step: Callable[[], Any]) -> Any:
    """Deliver again after a crash, as queues do."""
    for _ in range(3):
        try:
            return step()
        except Crashed:
            continue
    raise AssertionError("it crashed more than once")
