"""What the stream of pushes tells."""

from __future__ import annotations

from typing import Any

from chalicelib.pushes.events import events_of
from chalicelib.runtime.events.functions import Change


def change(new: dict[str, Any], old: dict[str, Any] | None = None) -> Change:
    return Change("e1", old or {}, new, "1", 5)


def test_a_push_that_begins_is_told_once() -> None:
    sending = {"pk": "PUSH#psh_1", "sk": "PUSH", "state": "sending"}

    (told,) = events_of(change(sending, {**sending, "state": "scheduled"}))

    assert (told.type, told.data) == ("push.planned", {"push_id": "psh_1", "resumed": False})
    assert not list(events_of(change(sending, sending)))


def test_what_was_received_is_no_push() -> None:
    assert not list(events_of(change({"pk": "SENT#abc", "sk": "PUSH", "push_id": "psh_1"})))
