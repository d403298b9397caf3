"""A push to a few members: each gets it at most once, and every one is accounted for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults.scenario import Scenario, unequal

RECIPIENTS = 3


class Push(Scenario):
    """An operator sends a message to three members that bear a tag of their own."""

    name = "push"
    areas = ("pushes",)
    queues = ("pushes-plan", "pushes-deliver")

    def prepare(self) -> None:
        from chalicelib.kernel import clock
        from chalicelib.segments import service

        self.late = 0
        self.pump.handlers["pushes-deliver"] = self._deliver
        tag_id = self.world.ask("POST", "/admin/tags", {"name": f"t-{self.world.number()}"})["tag_id"]
        self.customers = [self.world.sandbox.customer() for _ in range(RECIPIENTS)]
        for customer in self.customers:
            member_id, _ = self.world.member(customer)
            service.tag_member(member_id, tag_id, guide_id=None, now=clock.now())
            service.refresh(member_id, clock.now())
        rule = {"name": "试饮", "rule": {"tag": tag_id}}
        self.segment_id = self.world.ask("POST", "/admin/segments", rule)["segment_id"]

    def play(self) -> None:
        body = {
            "segment_id": self.segment_id,
            "media": ["subscribe_message"],
            "purpose": "service",
            "content": {"title": "新茶到店", "text": "您收藏的明前龙井已到店。"},
            "send_at": None,
            "dedupe_key": self.world.number(),
            "ignore_quiet_hours": True,
        }
        self.push = self.attempt(self.world.request("POST", "/admin/pushes", body))
        self.settle()

    def _deliver(self, event: dict[str, Any]) -> dict[str, Any]:
        """The worker, except that each delivery comes after the lease of the one before has run out."""
        from chalicelib.kernel import clock
        from chalicelib.pushes import service
        from chalicelib.runtime.events import queues
        from chalicelib.wechat import connect

        self.late += 200 * clock.SECOND
        late = self.late
        told = queues.read_event(event["Records"][0]["body"])
        courier = service.Courier(connect.mini_program(), lambda: clock.now() + late, lambda: None)
        if service.deliver(told.data["push_id"], told.data["page_id"], courier) is not None:
            queues.send("pushes-deliver", [told])
        return {}

    def check(self) -> list[str]:
        told = self.world.ask("GET", f"/admin/pushes/{self.push['push_id']}")
        got = Counter(one.get("openid") for one in self.world.sandbox.control("GET", "messages")["items"])
        reached = [got[customer["openid"]] for customer in self.customers]
        lost = sum(reached) - told["sent"]
        ends = told["sent"] + told["unknown"] + sum(told["failed"].values()) + sum(told["skipped"].values())
        return [
            *unequal("I9, messages to one recipient, at most", max(reached), min(max(reached), 1)),
            *unequal("the state", told["state"], "done"),
            *unequal("the audience", told["audience"], RECIPIENTS),
            *unequal("recipients accounted for", ends, RECIPIENTS),
            *([] if 0 <= lost <= told["unknown"] else [f"{lost} messages went out that are neither sent nor unknown"]),
            *([] if RECIPIENTS - sum(reached) <= told["unknown"] + sum(told["failed"].values()) else ["somebody lost"]),
        ]
