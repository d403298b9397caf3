"""What operators and guides are shown of orders and the ledger."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from chalicelib.attribution import rules, service, tables
from chalicelib.attribution.events import FROZEN
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.policies import policy_as_of
from chalicelib.attribution.rules import Credit, Entry, Line, Reason, Refund, Touch
from chalicelib.attribution.sources import Sources
from chalicelib.brand import service as brand
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.money import Fen
from chalicelib.runtime.cache import Cache
from chalicelib.runtime.dynamo import Item, Page

_skus: Final[Cache[None, frozenset[str]]] = Cache(1)


class RefundSeen(msgspec.Struct, frozen=True):
    """A refund of an order; one that came before the order is `waiting`, or could not be taken."""

    refund: Refund
    recorded_at: Millis
    state: Literal["taken", "waiting"]


def find_order(order_id: str, shop_id: str | None) -> tuple[Item, list[RefundSeen]]:
    """An order and its refunds, by the shop's own id.

    404 when there is none; 409 `conflict` when several shops have one and `shop_id` does not say which.
    """
    rows = orders_tables.rows_of_order_id(order_id)
    orders = [row for row in rows if orders_tables.is_order(row) and shop_id in (None, row["sk"])]
    if not orders:
        raise not_found("order", order_id)
    if len(orders) > 1:
        raise SiyuError("conflict", "Several shops have an order with this id. Add ?shop_id=.", param="shop_id")
    waiting = [row for row in rows if row["sk"].startswith(f"{orders[0]['sk']}#")]
    return orders[0], _refunds(orders[0], waiting)


def credits_of(order: Item) -> list[Credit]:
    """The credits as the order keeps them."""
    return msgspec.convert(order["cr"], list[Credit])


def reason_of(order: Item, credit: Credit) -> Reason:
    """Why a credit is what it was when the order was paid."""
    return Reason(credit.role, credit.rate_bp, order["tt"], 0, credit.max_fen, order["pv"])


def postings_of(order: Item) -> list[tuple[str, Fen]]:
    """The order's postings after all refunds: (account, fen), sum 0."""
    return rules.postings_of(credits_of(order), order["rest"])


def entries_of(order: Item) -> list[Item]:
    """Every ledger entry of the order, oldest first. Their keys follow from the order: no index is needed."""
    causes = [(name, fact["t"]) for name, fact in order.items() if name.startswith("rf_")]
    causes += [(FROZEN, order["fz"])] if "fz" in order else []
    payees = {credit.payee for credit in credits_of(order)}
    order_id = orders_tables.order_id_of(order)
    keys = {tables.entry_key(payee, at, order["sk"], order_id, cause) for payee in payees for cause, at in causes}
    return sorted(tables.find_entries(sorted(keys)), key=lambda row: (row["recorded_at"], row["cause"] != FROZEN))


def touches_of(order: Item, sources: Sources, now: Millis) -> list[Touch]:
    """The touches that counted: those kept on the order or, until it is settled, as they are known now."""
    if "tc" in order or "m" not in order:
        return msgspec.convert(order.get("tc", []), list[Touch])
    moment = rules.credited_as_of(order["pa"])
    touches = service.touches_of(sources.person(order["m"]), policy_as_of(moment, now), moment)
    return rules.touches_as_evidence(touches)


def lines_of(order: Item) -> list[Line]:
    """The order's lines."""
    return msgspec.convert(order["ln"], list[Line])


def unknown_channel(order: Item) -> bool:
    """Whether the shop named a channel that the brand does not have."""
    try:
        brand.get_channel(order["ch"])
    except SiyuError:
        return True
    return False


def unknown_skus(order: Item, now: Millis) -> list[str]:
    """The skus of the order that no product of the brand has, as of now."""
    return sorted({line.sku for line in lines_of(order)} - _skus.get(None, now, _read_skus))


def unknown_closing_guide(order: Item) -> bool:
    """Whether the shop named a closing guide whom the brand does not have: credited, and to be looked at."""
    from chalicelib.guides import service as guides

    if "cg" not in order:
        return False
    try:
        guides.get_guide(order["cg"])
    except SiyuError:
        return True
    return False


def commissions(guide_id: str, month: str, limit: int, cursor: str | None) -> Page:
    """A guide's ledger entries of a month (Asia/Shanghai), newest first."""
    return tables.ledger_month(guide_id, month, limit, cursor)


def entry_of(row: Item) -> Entry:
    """A ledger row as the entry it keeps."""
    return Entry(_payee_of(row), row["amount_fen"], msgspec.convert(row["why"], tuple[Reason, ...]))


def _payee_of(row: Item) -> str:
    # A closing guide is the shop's own text until settlement: it may hold a #, the month never does.
    return str(row["pk"]).removeprefix("L#").rpartition("#")[0]


def _refunds(order: Item, waiting: list[Item]) -> list[RefundSeen]:
    taken = {name: fact for name, fact in order.items() if name.startswith("rf_")}
    seen = [RefundSeen(_refund(order, fact), fact["t"], "taken") for fact in taken.values()]
    seen += [
        RefundSeen(msgspec.json.decode(row["refund"], type=Refund), row["at"], "waiting")
        for row in waiting
        if row["sk"].partition("#")[2] not in taken
    ]
    return sorted(seen, key=lambda one: one.recorded_at)


def _refund(order: Item, fact: dict[str, Any]) -> Refund:
    lines = msgspec.convert(fact.get("l", []), tuple[Line, ...])
    return Refund("", orders_tables.order_id_of(order), fact["i"], fact["a"], lines)


def _read_skus() -> frozenset[str]:
    return frozenset(row["sku"] for row in brand.every_product())
