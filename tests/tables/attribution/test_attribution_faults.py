"""A fault at each call of a use case in turn, before it is sent or after it took effect, then the shop's retry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item

NOW = 1_767_225_600_123


class Fault(RuntimeError):
    """The process dies here."""


@contextmanager
def fault_at(call: int, moment: str) -> Iterator[list[int]]:
    """The `call`-th request to DynamoDB fails at `moment`: `before-call` (not sent) or `after-call` (answer lost)."""
    seen = [0]

    def strike(**_: Any) -> None:
        seen[0] += 1
        if seen[0] == call:
            raise Fault

    hooks = client("dynamodb").meta.events
    hooks.register(f"{moment}.dynamodb", strike, unique_id="attribution-fault")
    try:
        yield seen
    finally:
        hooks.unregister(f"{moment}.dynamodb", unique_id="attribution-fault")


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_shop_that_repeats_until_it_is_answered_ends_at_the_same_order(shop: Any, moment: str) -> None:
    for call in range(1, 30):
        mine = shop._replace(shop_id=ids.new_id("shop", NOW))
        struck = [
            _survive(call, moment, step)
            for step in (
                lambda mine=mine: mine.refund(4_000, refund_id="early"),
                lambda mine=mine: mine.place(mine.sale(), settling_seconds=600),
                lambda mine=mine: mine.settle(now=NOW + 600_000, settling_seconds=600),
                lambda mine=mine: mine.refund(1_000, refund_id="late"),
            )
        ]

        order = mine.order()
        assert (order["rest"], order["rn"], order["fz"]) == (5_000, 2, NOW + 600_000)
        assert order["cr"] == [["binding", "gde_bound", 300, None], ["closing", "gde_closing", 200, None]]
        if not any(struck):
            assert call > 2
            return
    pytest.fail("the steps never got through all their calls")


def test_a_refund_and_its_order_at_the_same_instant_always_meet(shop: Any) -> None:
    for _ in range(10):
        mine = shop._replace(shop_id=ids.new_id("shop", NOW))
        steps: list[Callable[[], Any]] = [
            lambda mine=mine: mine.refund(4_000),
            lambda mine=mine: mine.place(mine.sale()),
        ]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda step: step(), steps))
        mine.settle()

        assert _money(mine.order()) == (10_000, 6_000)


def _survive(call: int, moment: str, step: Callable[[], Any]) -> bool:
    """Whether the fault struck; the step has been repeated then."""
    try:
        with fault_at(call, moment):
            step()
    except Fault:
        step()
        return True
    return False


def _money(order: Item) -> tuple[int, int]:
    return order["tt"], order["rest"]
