"""An order is credited, goes back in two parts, and the ledger follows it to zero."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults.scenario import Scenario, miscounted, numbers, unequal

TOTAL_FEN = 25_801


class OrderAndRefunds(Scenario):
    """The order of a bound member, closed by another guide; two refunds of unequal parts."""

    name = "order → refund → ledger"
    areas = ("attribution",)
    queues = ("attribution-freeze", "attribution-ledger", "insights-fold")

    def prepare(self) -> None:
        self.member_id, headers = self.world.member()
        self.world.ask("POST", "/me/guide", {"badge": self.world.guide["badge"]}, headers)
        closing = self.world.closing_guide["guide_id"]
        self.paid = self.world.paid_event(self.member_id, TOTAL_FEN, closing_guide_id=closing)
        self.refunds = [self.world.refund_event(self.paid, part) for part in (10_007, TOTAL_FEN - 10_007)]
        self.before = numbers(self.world)

    def play(self) -> None:
        self.attempt(self.world.shop_event(self.paid))
        self.settle()
        self.at_first = self.order()
        for event in self.refunds:
            self.attempt(self.world.shop_event(event))
            self.settle()

    def order(self) -> dict[str, Any]:
        """What an operator sees."""
        found: dict[str, Any] = self.world.ask("GET", f"/admin/orders/{self.paid['order_id']}")
        return found

    def check(self) -> list[str]:
        told = self.order()
        shares = {self.world.guide["guide_id"]: 774, self.world.closing_guide["guide_id"]: 516}
        causes = Counter((entry["payee"], entry["cause"]) for entry in told["entries"])
        wanted = {"orders": 1, "order_fen": TOTAL_FEN, "refunds_fen": TOTAL_FEN}
        return [
            *self.check_first(shares),
            *unequal("I1, first postings", sum(one["amount_fen"] for one in self.at_first["postings"]), 0),
            *unequal("I1, postings", sum(one["amount_fen"] for one in told["postings"]), 0),
            *unequal("I5, net after a full refund", _by_payee(told), dict.fromkeys(shares, 0)),
            *unequal("I7, entries told twice", [cause for cause, times in causes.items() if times > 1], []),
            *unequal("refunds", sorted(one["amount_fen"] for one in told["refunds"]), [10_007, TOTAL_FEN - 10_007]),
            *miscounted(self.world, self.before, wanted),
        ]

    def check_first(self, shares: dict[str, int]) -> list[str]:
        """What the order was credited with, before anything went back."""
        credits = {one["payee"]: one["amount_fen"] for one in self.at_first["credits"]}
        entries = _by_payee(self.at_first)
        return [*unequal("I4, credits", credits, shares), *unequal("I4, first entries", entries, shares)]


class RefundFirst(OrderAndRefunds):
    """The first refund overtakes its order."""

    name = "refund → order → refund → ledger"

    def play(self) -> None:
        early, late = self.refunds
        self.attempt(self.world.shop_event(early))
        self.settle()
        self.attempt(self.world.shop_event(self.paid))
        self.settle()
        self.at_first = self.order()
        self.attempt(self.world.shop_event(late))
        self.settle()

    def check_first(self, shares: dict[str, int]) -> list[str]:
        return unequal("I4, credits", {one["payee"]: one["amount_fen"] for one in self.at_first["credits"]}, shares)


def _by_payee(order: dict[str, Any]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for entry in order["entries"]:
        total[entry["payee"]] += entry["amount_fen"]
    return dict(total)
