"""Scan an item, claim it, get the prize that was in its code."""

from __future__ import annotations

from typing import Any

from chalicelib.codes.scans.service import visit_key
from chalicelib.kernel.clock import now
from chalicelib.kernel.ids import new_id
from tests.faults.scenario import Scenario, miscounted, numbers, unequal

PRIZE_FEN = 123


class ScanAndClaim(Scenario):
    """Two visits of one code, the second as a member, who claims it."""

    name = "scan → claim → prize"
    areas = ("codes", "payouts")
    queues = ("codes-history", "codes-prizes", "payouts-send", "insights-fold")

    def prepare(self) -> None:
        prizes = [{"amount_fen": PRIZE_FEN, "count": 1}]
        self.code = next(self.world.codes(1, prizes=prizes))
        self.customer = self.world.sandbox.customer()
        self.member_id, self.member = self.world.member(self.customer)
        self.visits = [new_id("visit", now()).removeprefix("vis_") for _ in range(2)]
        self.before = numbers(self.world)

    def play(self) -> None:
        path = f"/c/{self.code}?visit_id={self.visits[0]}"
        self.first = self.attempt(self.world.request("GET", path, headers={"Accept": "application/json"}))
        body = {"code": self.code, "visit_id": self.visits[1]}
        self.second = self.attempt(self.world.request("POST", "/scans", body, self.member))
        self.claimed = self.attempt(self.world.request("POST", f"/me/codes/{self.code}/claim", {}, self.member))
        self.settle()

    def check(self) -> list[str]:
        _, stranger = self.world.member()
        other = self.world.http.request("POST", f"/me/codes/{self.code}/claim", stranger, b"{}")
        visits = sorted(visit_key(self.code, visit, "") for visit in self.visits)
        story = self.world.ask("GET", f"/admin/codes/{self.code}?limit=50")
        return [
            *unequal("verdicts", (self.first["verdict"], self.second["verdict"]), ("first_scan", "repeat_scan")),
            *unequal("scans counted", self.second["scan_count"], 2),
            *unequal("the prize", self.claimed["prize"]["amount_fen"], PRIZE_FEN),
            *unequal("somebody else's claim", other.status_code, 409),
            *unequal("history", sorted(row["visit_id"] for row in story["history"]), visits),
            *unequal("I6, bills", [(bill["amount_fen"], bill["state"]) for bill in self.bills()], WAITING),
            *miscounted(self.world, self.before, {"scans": 2, "first_scans": 1}),
        ]

    def bills(self) -> list[dict[str, Any]]:
        """WeChat Pay's own ledger of this customer."""
        items = self.world.sandbox.control("GET", "transfers")["items"]
        return [item for item in items if item["openid"] == self.customer["openid"]]


WAITING = [(PRIZE_FEN, "WAIT_USER_CONFIRM")]
