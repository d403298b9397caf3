"""Two workers at once, repeatably: one is stopped before one of its calls to DynamoDB, another runs, it goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def stopped_before(call: int, about: Collection[str], worker: Callable[[], Any], rival: Callable[[], Any]) -> bool:
    """Run `worker`, and the whole of `rival` before its call number `call`, which counts from 1.

    Only calls that name one of the ids in `about` count: before any other the rival might as well come later.
    False when the worker made fewer calls: then the rival has not run.
    """
    from chalicelib.runtime.aws import client

    seen = [0]

    def arrive(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        if not any(one.encode() in body for one in about):
            return
        seen[0] += 1
        if seen[0] == call:
            rival()

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", arrive)
    try:
        worker()
    finally:
        events.unregister("before-call.dynamodb", arrive)
    return seen[0] >= call
