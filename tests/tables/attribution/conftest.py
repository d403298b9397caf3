"""A shop of one's own per test, orders to send, and what members and guides would answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from chalicelib.attribution import events, policies, service
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Line, Policy, Refund, Rule, Sale
from chalicelib.attribution.sources import Sources
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.members.service import Person
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.functions import Change

NOW = 1_767_225_600_123


class Bound(NamedTuple):
    """A binding, as far as an order looks at it."""

    guide_id: str


class Shop(NamedTuple):
    """A shop that sends events at `NOW`, and the guides its one member was bound to since when."""

    shop_id: str
    member_id: str
    bindings: list[tuple[Millis, str]]

    def sources(self) -> Sources:
        """Answers of members and guides about the one member."""

        def binding_as_of(person: Person, at: Millis) -> Bound | None:
            held = [guide for since, guide in sorted(self.bindings) if since <= at and self.member_id in person.ids]
            return Bound(held[-1]) if held else None

        return Sources(
            person_of=lambda kind, value: Person(value) if value == self.member_id else None,
            person=Person,
            binding_as_of=binding_as_of,
        )

    def sale(self, order_id: str = "A-1", *, event_id: str = "e-1", total: int = 10_000, **other: Any) -> Sale:
        """A paid order of one line."""
        facts: dict[str, Any] = {
            "identity": ("member_id", self.member_id),
            "channel_id": "chn_mall",
            "closing_guide_id": "gde_closing",
            "paid_at": NOW - 1_000,
            "lines": (Line("TEA-1", 2, total),),
        }
        return Sale(event_id, order_id, **{**facts, **other})

    def place(self, sale: Sale, *, now: Millis = NOW, settling_seconds: int = 0) -> str:
        """Send a paid order."""
        return service.place_order(
            sale, shop_id=self.shop_id, sources=self.sources(), now=now, settling_seconds=settling_seconds
        )

    def refund(self, amount: int, *, refund_id: str = "r-1", event_id: str = "", order_id: str = "A-1") -> str:
        """Send a refund."""
        refund = Refund(event_id or f"event of {refund_id}", order_id, refund_id, amount)
        return service.record_refund(refund, shop_id=self.shop_id, now=NOW)

    def settle(self, order_id: str = "A-1", *, now: Millis = NOW, settling_seconds: int = 0) -> Millis | None:
        """What the consumer of `order.placed` does."""
        return service.freeze_order(
            self.shop_id, order_id, sources=self.sources(), now=now, settling_seconds=settling_seconds
        )

    def order(self, order_id: str = "A-1") -> Item:
        """The order as it stands."""
        return orders_tables.find_order(self.shop_id, order_id) or {}


@pytest.fixture
def shop(stack: str) -> Shop:
    """A shop whose member is bound to `gde_bound`."""
    unique = ids.new_id("shop", NOW)
    return Shop(unique, ids.new_id("member", NOW), [(NOW - 10_000, "gde_bound")])


class Ledger:
    """Tells the stream's reader each change of an order and sums the entries, as the ledger would."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.image: Item = {}
        self.balances: dict[str, int] = {}

    def follow(self) -> None:
        """Read the order's new image and fold the entries of the change."""
        new = self.shop.order()
        change = Change("1", self.image, new, "0" * 40, NOW)
        for event in events.events_of(change):
            for entry in event.data.get("entries", []):
                self.balances[entry["payee"]] = self.balances.get(entry["payee"], 0) + entry["amount_fen"]
        self.image = new


@pytest.fixture
def ledger(shop: Shop) -> Ledger:
    """The ledger of the shop's order A-1."""
    return Ledger(shop)


class Units:
    """Request units that DynamoDB said it consumed."""

    def __init__(self) -> None:
        self.wru = 0.0
        self.rru = 0.0

    def add(self, parsed: Item, model: Any, **_: Any) -> None:
        """botocore's `after-call`."""
        used = parsed.get("ConsumedCapacity") or []
        units = sum(one["CapacityUnits"] for one in (used if isinstance(used, list) else [used]))
        if model.name in ("GetItem", "Query", "BatchGetItem"):
            self.rru += units
        else:
            self.wru += units


@pytest.fixture
def saved_policy(stack: str) -> Policy:
    """The default policy as a version that stands in the table.

    A query that finds nothing costs 0.5 RRU on AWS, and DynamoDB Local counts it as none: so there is one to find.
    """
    default = policies.DEFAULT_POLICY
    policies.replace_policy((Rule("binding", 1_000),), 90, expected_version=None, now=NOW)
    return policies.replace_policy(default.rules, default.lookback_days, expected_version=None, now=NOW)


@pytest.fixture
def measure() -> Callable[[], Any]:
    """`with measure() as units:` counts what the block consumes."""
    from chalicelib.runtime.aws import client

    @contextmanager
    def measured() -> Iterator[Units]:
        units = Units()
        hooks = client("dynamodb").meta.events
        hooks.register("after-call.dynamodb", units.add, unique_id="attribution-units")
        try:
            yield units
        finally:
            hooks.unregister("after-call.dynamodb", unique_id="attribution-units")

    return measured
