"""Two use cases at once, made certain: the rival runs as a whole right before each call of the other in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Scene = TypeVar("Scene")
Act = Callable[[], Any]


def at_every_call(begin: Callable[[], tuple[Scene, Act, Act]]) -> Iterator[Scene]:
    """Scenes after both acts, one for each DynamoDB call of the first act at which the second one came between.

    `begin` prepares a new scene and gives it with the two acts, whose refusals it settles itself.
    """
    place, came_between = 0, True
    while came_between:
        scene, act, rival = begin()
        with _before_call(place, rival) as came:
            act()
        came_between = bool(came)
        assert came_between or place, "the act makes no call, so nothing can come between"
        if came_between:
            yield scene
        place += 1


@contextmanager
def _before_call(place: int, rival: Act) -> Iterator[list[str]]:
    """Run `rival` before the `place`-th call; the list has the call's name once that has happened."""
    from chalicelib.runtime.aws import client

    events, came, seen = client("dynamodb").meta.events, list[str](), list[str]()

    def note(model: Any, **_: Any) -> None:
        seen.append(model.name)
        if len(seen) == place + 1 and not came:
            came.append(model.name)
            rival()

    events.register("before-call.dynamodb", note)
    try:
        yield came
    finally:
        events.unregister("before-call.dynamodb", note)
