"""Counting what a use case costs, and breaking it at a chosen call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class Spent:
    """Units that DynamoDB reported, plus 1 WRU for each failed condition, which reports none."""

    def __init__(self) -> None:
        self.wru = 0.0
        self.rru = 0.0
        self.calls: list[str] = []

    def add(self, operation: str, answer: dict[str, Any]) -> None:
        self.calls.append(operation)
        consumed = answer.get("ConsumedCapacity", [])
        units = sum(part["CapacityUnits"] for part in (consumed if isinstance(consumed, list) else [consumed]))
        if operation in ("GetItem", "BatchGetItem", "Query"):
            self.rru += units
        else:
            self.wru += units if "Error" not in answer else 1


@pytest.fixture
def spending(stack: str) -> Callable[[], Any]:
    """A context manager that yields what DynamoDB charged inside it."""
    from chalicelib.runtime.aws import client

    @contextmanager
    def measure() -> Iterator[Spent]:
        spent = Spent()

        def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            spent.add(model.name, parsed)

        events = client("dynamodb").meta.events
        events.register("after-call.dynamodb", after)
        try:
            yield spent
        finally:
            events.unregister("after-call.dynamodb", after)

    return measure


@pytest.fixture
def crashing(stack: str) -> Callable[[int], Any]:
    """A context manager in which the process dies right after the n-th write took effect."""
    from chalicelib.runtime.aws import client

    @contextmanager
    def until(write: int) -> Iterator[None]:
        left = [write]

        def after(model: Any, **_: Any) -> None:
            if model.name in ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"):
                left[0] -= 1
                if left[0] == 0:
                    raise SystemExit("the process dies here")

        events = client("dynamodb").meta.events
        events.register("after-call.dynamodb", after)
        try:
            yield
        finally:
            events.unregister("after-call.dynamodb", after)

    return until
