"""Fixtures for tests of codes: a product, batches to scan, and a count of what DynamoDB was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.dynamo import Item

Mint = Callable[..., tuple[Item, list[str]]]


@pytest.fixture
def now() -> Millis:
    return time.time_ns() // 1_000_000


@pytest.fixture
def product(stack: str, now: Millis) -> Item:
    from chalicelib.brand import service as brand

    new = ids.new_id("product", now)
    return brand.create_product(
        new, name="龙井", sku="T-1", gtin="6901234567892", content={"subtitle": "明前"}, now=now
    )


@pytest.fixture
def mint(product: Item, now: Millis) -> Mint:
    """Mints a batch; its header and its codes."""

    def make(quantity: int = 4, **facts: Any) -> tuple[Item, list[str]]:
        from chalicelib.codes.batches import service as batches

        wanted: dict[str, Any] = {"box_size": None, "channel_id": None, "prizes": [], "active": True, **facts}
        batch = batches.mint(
            ids.new_id("batch", now), product_id=product["sk"], quantity=quantity, by="test", now=now, **wanted
        )
        return batch, [line.code for line in batches.codes_page(batch, 0, quantity)]

    return make


class Calls(list[tuple[str, float]]):
    """Operations and the capacity units that DynamoDB says they took."""


@pytest.fixture
def calls(stack: str) -> Iterator[Calls]:
    """Every DynamoDB call while it is asked for."""
    from chalicelib.runtime.aws import client

    seen = Calls()

    def note(model: Any, parsed: Any, **_: Any) -> None:
        taken = parsed.get("ConsumedCapacity", {})
        units = sum(one.get("CapacityUnits", 0) for one in (taken if isinstance(taken, list) else [taken]))
        seen.append((model.name, units))

    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb.*", note)
    yield seen
    events.unregister("after-call.dynamodb.*", note)


@pytest.fixture
def caching(stack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings as in production: headers are kept for 30 seconds."""
    from chalicelib.runtime.settings import settings

    monkeypatch.setenv("SIYU_CACHE_SECONDS", "30")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


class LostAnswer:
    """Calling it makes boto3 take an UpdateItem's answer for lost, the next one's or the one after so many others.

    `sent` counts the requests since.
    """

    def __init__(self) -> None:
        self.waits = -1
        self.sent = 0

    def __call__(self, after: int = 0) -> None:
        self.waits, self.sent = after, 0

    def note(self, **_: Any) -> None:
        self.sent += 1

    def lose(self, **_: Any) -> int | None:
        self.waits -= 1
        return 0 if self.waits == -1 else None


@pytest.fixture
def lost_answer(stack: str) -> Iterator[LostAnswer]:
    """An UpdateItem that takes effect and is sent again."""
    from chalicelib.runtime.aws import client

    lost, events = LostAnswer(), client("dynamodb").meta.events
    events.register_first("needs-retry.dynamodb.UpdateItem", lost.lose)
    events.register("before-send.dynamodb.UpdateItem", lost.note)
    yield lost
    events.unregister("needs-retry.dynamodb.UpdateItem", lost.lose)
    events.unregister("before-send.dynamodb.UpdateItem", lost.note)
