"""Join, draw, be paid; and the same when the transfer fails: the money is the pot's again, once."""

from __future__ import annotations

from typing import Any

from tests.faults.scenario import Scenario, miscounted, numbers, unequal

POT_FEN = 1_000


class RedPacket(Scenario):
    """A friend joins by a member's invite and draws; the packet is paid."""

    name = "join → draw → payout"
    areas = ("campaigns", "payouts")
    queues = (
        "campaigns-tree",
        "campaigns-packets",
        "campaigns-settled",
        "payouts-send",
        "payouts-notified",
        "insights-fold",
    )
    ends = "confirm"
    waiting_hours = 0

    def prepare(self) -> None:
        tiers = [{"invites": 1, "reward": "draw"}]
        self.campaign_id = self.world.campaign(POT_FEN, 10, tiers=tiers, waiting_hours=self.waiting_hours)
        self.customer = self.world.sandbox.customer()
        self.inviter_id, self.inviter = self.world.member()
        self.member_id, self.member = self.world.member(self.customer)
        self.before = numbers(self.world)

    def play(self) -> None:
        path = f"/campaigns/{self.campaign_id}"
        invite = self.attempt(self.world.request("POST", f"{path}/join", {}, self.inviter))["invite"]
        self.attempt(self.world.request("POST", f"{path}/join", {"invite": invite}, self.member))
        self.drawn = self.attempt(self.world.request("POST", f"{path}/draw", {"draw_no": 1}, self.member))
        self.settle()
        self.end_bills()
        self.hand_over_callbacks()

    def end_bills(self) -> None:
        """The customer confirms, or the transfer fails; WeChat notifies."""
        for bill in self.bills():
            if bill["state"] == "WAIT_USER_CONFIRM":
                self.world.sandbox.control("POST", f"transfers/{bill['out_bill_no']}/{self.ends}", {})

    def bills(self) -> list[dict[str, Any]]:
        """WeChat Pay's own ledger of this customer."""
        items = self.world.sandbox.control("GET", "transfers")["items"]
        return [item for item in items if item["openid"] == self.customer["openid"]]

    def check(self) -> list[str]:
        amount = self.drawn["amount_fen"]
        again = self.world.ask("POST", f"/campaigns/{self.campaign_id}/draw", {"draw_no": 1}, self.member)
        return [
            *unequal(
                "I3, the draw again", (again["packet_id"], again["amount_fen"]), (self.drawn["packet_id"], amount)
            ),
            *unequal("I6, bills", [(bill["amount_fen"], bill["state"]) for bill in self.bills()], self.wanted_bills()),
            *unequal("the member's packets", self.packets(), [(self.drawn["packet_id"], amount, self.wanted_state())]),
            *self.check_report(amount),
            *miscounted(self.world, self.before, self.wanted_numbers()),
            *unequal("payouts left open", self.open_payouts(), 0),
        ]

    def wanted_bills(self) -> list[tuple[int, str]]:
        """One bill, paid."""
        return [(self.drawn["amount_fen"], "SUCCESS")]

    def wanted_state(self) -> str:
        """What the member sees."""
        return "paid"

    def wanted_money(self) -> dict[str, int]:
        """The report's money beside what was drawn."""
        return {"paid_fen": self.drawn["amount_fen"], "released_fen": 0}

    def wanted_numbers(self) -> dict[str, int]:
        """What the brand's numbers gain."""
        amount = self.drawn["amount_fen"]
        return {"participants": 2, "drawn_fen": amount, "paid_fen": amount}

    def packets(self) -> list[tuple[str, int, str]]:
        """Packet, amount and state as the member sees them."""
        items = self.world.ask("GET", "/me/packets", None, self.member)["items"]
        return [(item["packet_id"], item["amount_fen"], item["state"]) for item in items]

    def check_report(self, amount: int) -> list[str]:
        """The pot, the tree and the folded counters."""
        from chalicelib.campaigns.packets import tables as packet_tables

        told = self.world.ask("GET", f"/admin/campaigns/{self.campaign_id}/report")
        money = {"funded_fen": POT_FEN, "drawn_fen": amount, "remaining_fen": POT_FEN - amount, **self.wanted_money()}
        rows = list(packet_tables.counters(self.campaign_id))
        part = self.world.ask("GET", f"/campaigns/{self.campaign_id}/me", None, self.inviter)
        levels = {level["depth"]: level["participants"] for level in told["by_depth"]}
        return [
            *unequal("I2, the pot", {name: told[name] for name in money}, money),
            *unequal("I8, counted draws", sum(row.get("drawn_n", 0) for row in rows), 1),
            *unequal("I8, counted money", sum(row.get("drawn_fen", 0) for row in rows), amount),
            *unequal("I8, people by level", levels, {0: 1, 1: 1}),
            *unequal("valid invites", (part["progress"]["invites"], part["progress"]["draws"]), (1, 2)),
        ]

    def open_payouts(self) -> int:
        """Payouts of this member that have not ended."""
        from chalicelib.payouts import rules
        from chalicelib.payouts import tables as payout_tables

        return sum(row["st"] not in rules.ENDED for row in payout_tables.of_member(self.member_id, 100, None)[0])


class FailedPacket(RedPacket):
    """The transfer fails: the packet's money is released."""

    name = "join → draw → failed payout"
    ends = "fail"

    def wanted_bills(self) -> list[tuple[int, str]]:
        return [(self.drawn["amount_fen"], "FAIL")]

    def wanted_state(self) -> str:
        return "failed"

    def wanted_money(self) -> dict[str, int]:
        return {"paid_fen": 0, "released_fen": self.drawn["amount_fen"]}

    def wanted_numbers(self) -> dict[str, int]:
        return {"participants": 2, "drawn_fen": self.drawn["amount_fen"]}


class WaitingPacket(RedPacket):
    """The packet waits an hour; the job that pays what is due comes twice."""

    name = "join → draw → waiting period → payout"
    waiting_hours = 1

    def end_bills(self) -> None:
        from chalicelib.campaigns.packets import service as packet_service
        from chalicelib.kernel import clock

        for _ in range(2):
            self.attempt(lambda: packet_service.pay_due(clock.now() + 2 * clock.HOUR))
            self.settle()
        super().end_bills()


class UnheardPacket(RedPacket):
    """WeChat's notification gets lost: the reconciler finds out."""

    name = "join → draw → payout, no notification"

    def end_bills(self) -> None:
        from chalicelib.kernel import clock
        from chalicelib.payouts import jobs as payout_jobs
        from chalicelib.wechat import connect

        super().end_bills()
        self.catcher.take()
        for _ in range(2):
            self.attempt(lambda: payout_jobs.reconcile(connect.pay(), clock.now() + clock.HOUR))
            self.settle()
