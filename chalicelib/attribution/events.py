"""What attribution's table tells the rest, computed from the two images of an order alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.attribution import rules
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Credit, Entry
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.ids import digest32
from chalicelib.kernel.money import Fen
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event

FROZEN = "frozen"
"""The cause of an order's first entries; a refund's is its attribute's name."""


def events_of(change: Change) -> Iterator[Event]:
    """`order.placed` for a new order, `order.frozen` and `order.refunded` with the entries f(new) − f(old).

    A provisional order has no entries yet, so its refunds tell nothing: the freezing then counts what is left.
    """
    old, new = change.old, change.new
    if not orders_tables.is_order(new):
        return
    if not old:
        yield _event("order.placed", new, "placed", new["at"], {})
    if "fz" not in new:
        return
    if "fz" not in old:
        yield _event("order.frozen", new, FROZEN, new["fz"], _facts(new, 0, new["rest"], FROZEN, new["fz"]))
        return
    for cause in sorted(name for name in new.keys() - old.keys() if name.startswith("rf_")):
        recorded_at = new[cause]["t"]
        facts = _facts(new, old["rest"], new["rest"], cause, recorded_at)
        yield _event("order.refunded", new, cause, recorded_at, facts)


def _event(kind: str, order: Item, cause: str, at: Millis, facts: Item) -> Event:
    key = {"shop_id": order["sk"], "order_id": orders_tables.order_id_of(order)}
    return Event(digest32(kind, *key.values(), cause), kind, at, {**key, **facts})


def _facts(order: Item, before: Fen, after: Fen, cause: str, recorded_at: Millis) -> Item:
    """`amount_fen`: what was frozen, or what was refunded; both positive."""
    credits = msgspec.convert(order["cr"], list[Credit])
    entries: list[Entry] = rules.entries_between(credits, before, after, order["pv"])
    return {
        "cause": cause,
        "recorded_at": recorded_at,
        "paid_at": order["pa"],
        "rest_fen": after,
        "member_id": order.get("m"),
        "channel_id": order["ch"],
        "amount_fen": abs(after - before),
        "entries": msgspec.to_builtins(entries),
    }
