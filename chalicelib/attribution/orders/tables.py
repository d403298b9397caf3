"""Orders with their refunds, refunds that wait for one, event ids: the racing writes of attribution.

Attribute names of orders are short: an order of a few lines stays under 1 KB and costs 1 WRU.
"""

from __future__ import annotations

from typing import Any, Final

from chalicelib.attribution.models import EventId, Order, WaitingRefund
from chalicelib.kernel.ids import digest32
from chalicelib.kernel.money import Fen
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

MAX_REFUNDS: Final = 100
"""Refunds of one order: each stays on the order's item, which must not grow without end."""


def order_pk(order_id: str) -> str:
    """All shops' orders of one id share a partition, so that the shop's own string finds them without a lookup row."""
    return f"O#{order_id}"


def refund_name(refund_id: str) -> str:
    """The attribute of a refund: hashed, because a shop's id may be longer than a name can be."""
    return f"rf_{digest32(refund_id)[:26]}"


def event_digest(event_id: str) -> str:
    """An event id in the order's set `ev`."""
    return digest32(event_id)[:16]


def claim_event(shop_id: str, event_id: str, content: str) -> bool:
    """Whether the event id stands for this content, now and for ever: 1 WRU.

    Settles the race of one event id sent for two orders at once: the first content owns it.
    """
    row = {"pk": f"E#{shop_id}#{event_digest(event_id)}", "sk": "E", "h": content}
    outcome = dynamo.put_once(EventId, row)
    return outcome.done or outcome.item["h"] == content


def place(order_id: str, shop_id: str, fields: Item) -> Outcome:
    """Write an order once, 1 WRU per KB: of two copies of an event one places it, the other meets it."""
    return dynamo.put_once(Order, {"pk": order_pk(order_id), "sk": shop_id, **fields})


def apply_refund(shop_id: str, order_id: str, refund_id: str, amount: Fen, event_id: str, fields: Item) -> Outcome:
    """Take a refund off an order, 1 WRU per KB and no read."""
    return dynamo.update(
        Order,
        order_pk(order_id),
        shop_id,
        "SET #rf = :refund, rest = rest - :a, rn = rn + :one ADD ev :events",
        # Two refunds race for the same rest: on one item the second sees what the first took. The refund's own
        # attribute is its trace: a repeat, also one that boto3 sends after a lost answer, finds it and stops.
        condition="attribute_not_exists(#rf) AND NOT contains(ev, :event) AND rest >= :a AND rn < :most",
        names={"#rf": refund_name(refund_id)},
        values={
            ":refund": {"i": refund_id, "a": amount, **fields},
            ":a": amount,
            ":one": 1,
            ":event": event_digest(event_id),
            ":events": {event_digest(event_id)},
            ":most": MAX_REFUNDS,
        },
    )


def save_waiting(shop_id: str, order_id: str, refund_id: str, fields: Item) -> Outcome:
    """Keep a refund until its order arrives."""
    return dynamo.put_once(
        WaitingRefund, {"pk": order_pk(order_id), "sk": f"{shop_id}#{refund_name(refund_id)}", **fields}
    )


def waiting_refunds(shop_id: str, order_id: str) -> list[Item]:
    """Refunds that came before the order, read strongly: the order's event must not miss one."""
    return list(dynamo.every(WaitingRefund, order_pk(order_id), prefix=f"{shop_id}#", strong=True))


def freeze(shop_id: str, order_id: str, fields: Item) -> Outcome:
    """Set an order's credits and touches for ever, unless they are."""
    return dynamo.update(
        Order,
        order_pk(order_id),
        shop_id,
        "SET fz = :fz, cr = :cr, pv = :pv, tc = :tc",
        # Two deliveries settle one order: the first image stands, whatever the second read in between.
        condition="attribute_exists(pk) AND attribute_not_exists(fz)",
        values={f":{name}": value for name, value in fields.items()},
    )


def save_touches(pk: str, sk: str, touches: list[Any]) -> None:
    """Keep the touches of an order that was frozen without them; the first to look stands."""
    dynamo.update(Order, pk, sk, "SET tc = :tc", condition="attribute_not_exists(tc)", values={":tc": touches})


def order_id_of(order: Item) -> str:
    """The shop's own id of an order or of its image."""
    return str(order["pk"])[2:]


def is_order(image: Item) -> bool:
    """Whether this row or image is an order, and not a refund that waits for one."""
    return str(image.get("pk", "")).startswith("O#") and "#" not in image["sk"]


def find_order(shop_id: str, order_id: str) -> Item | None:
    """One order, read strongly."""
    return dynamo.get(Order, order_pk(order_id), shop_id, strong=True)


def rows_of_order_id(order_id: str) -> list[Item]:
    """Orders of every shop with this id, each followed by its waiting refunds."""
    return list(dynamo.every(Order, order_pk(order_id), strong=True))
