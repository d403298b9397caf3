"""Twelve members, five shares: whatever breaks, five packets are paid, the pot to the fen, nobody twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults.red_packets import RedPacket
from tests.faults.scenario import Scenario, unequal

MEMBERS = 12
SHARES = 5
POT_FEN = 777


class PotOfFive(Scenario):
    """Everybody joins and draws twice under the same number; those who got something take it."""

    name = "12 members, 5 shares"
    areas = ("campaigns", "payouts")
    queues = RedPacket.queues

    def prepare(self) -> None:
        self.campaign_id = self.world.campaign(POT_FEN, SHARES, tiers=[], reward_for=["invitee"], risk={})
        self.openids: dict[str, str] = {}
        self.people: dict[str, dict[str, str]] = {}
        for _ in range(MEMBERS):
            customer = self.world.sandbox.customer()
            member_id, self.people[member_id] = self.world.member(customer)
            self.openids[member_id] = customer["openid"]

    def play(self) -> None:
        self.answers: dict[str, set[tuple[str, int]]] = {}
        path = f"/campaigns/{self.campaign_id}"
        for headers in self.people.values():
            self.attempt(self.world.request("POST", f"{path}/join", {}, headers))
        for member_id, headers in self.people.items():
            for _ in range(2):
                drawn = self.attempt(lambda headers=headers: self._draw(path, headers))
                if drawn:
                    self.answers.setdefault(member_id, set()).add(drawn)
        self.settle()
        for bill in self.bills():
            if bill["state"] == "WAIT_USER_CONFIRM":
                self.world.sandbox.control("POST", f"transfers/{bill['out_bill_no']}/confirm", {})
        self.hand_over_callbacks()

    def check(self) -> list[str]:
        drawn = {member_id: next(iter(found)) for member_id, found in self.answers.items()}
        bills = Counter((bill["openid"], bill["amount_fen"], bill["state"]) for bill in self.bills())
        told = self.world.ask("GET", f"/admin/campaigns/{self.campaign_id}/report")
        money = {"drawn_fen": POT_FEN, "paid_fen": POT_FEN, "released_fen": 0, "remaining_fen": 0}
        return [
            *unequal("I3, packets of one member", max(len(found) for found in self.answers.values()), 1),
            *unequal("I2, packets", len(drawn), SHARES),
            *unequal("I2, their sum", sum(amount for _, amount in drawn.values()), POT_FEN),
            *unequal(
                "I6, WeChat Pay's ledger",
                bills,
                Counter((self.openids[member_id], amount, "SUCCESS") for member_id, (_, amount) in drawn.items()),
            ),
            *unequal("I2, the report", {name: told[name] for name in money}, money),
        ]

    def bills(self) -> list[dict[str, Any]]:
        """WeChat Pay's own ledger of these people."""
        items = self.world.sandbox.control("GET", "transfers")["items"]
        return [item for item in items if item["openid"] in self.openids.values()]

    def _draw(self, path: str, headers: dict[str, str]) -> tuple[str, int] | None:
        """The packet; None for an empty pot, which is an answer and no failure."""
        answer = self.world.http.request("POST", f"{path}/draw", headers, b'{"draw_no": 1}')
        if answer.status_code == 409 and answer.json_body["error"]["code"] == "pot_empty":
            return None
        assert answer.status_code == 200, f"draw: {answer.status_code} {answer.body[:300]!r}"
        return answer.json_body["packet_id"], answer.json_body["amount_fen"]
