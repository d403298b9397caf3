"""Time passes on the deployed stack: 25 hours by one request, and the jobs that time brings by another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra import resources
from infra.local.journey import Journey
from tests.sizes import size
from tests.support import Sandbox
from tests.waiting import waited

HOUR = 3600
JOBS = sorted(source.name for source in resources.event_sources() if hasattr(source, "schedule_expression"))


class Brand:
    """An operator, with the clock that is put back at the end, and a customer."""

    def __init__(self, deployed: dict[str, Any]) -> None:
        self.api, self.admin = deployed["api_url"], deployed["admin_token"]
        self.sandbox = Sandbox(deployed["sandbox_url"])
        self.customer = self.sandbox.customer()
        self.token = self.login()

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.admin}"}
        return requests.request(method, self.api + path, json=body, headers=headers, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
        answer = self.send(method, path, body, token)
        assert answer.ok, (path, answer.status_code, answer.text)
        return dict(answer.json())

    def put_clock(self, hours: int) -> dict[str, Any]:
        return self.ask("PUT", "/_local/clock", {"offset_seconds": hours * HOUR})

    def login(self) -> str:
        code = self.sandbox.js_code(self.customer["openid"])
        return str(requests.post(f"{self.api}/auth/mini-program", json={"js_code": code}, timeout=60).json()["token"])

    def log_in_again(self) -> None:
        """Get a token of now, of a process that knows what now is."""

        def is_taken() -> bool:
            self.token = self.login()
            return self.send("GET", "/me", token=self.token).ok

        assert waited(is_taken, bool)

    def drawn_packet(self) -> str:
        """A packet that waits for its customer to confirm; the number of its transfer."""
        now = datetime.now(UTC)
        campaign = {
            "name": "新茶尝鲜红包",
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
            "pot": {"total_fen": 3_000, "shares": 10, "split": "lucky", "min_fen": 30},
            "reward_for": ["invitee"],
            "tiers": [],
            "max_draws_per_member": 3,
            "act": "join",
        }
        path = self.ask("POST", "/admin/campaigns", campaign)["campaign_id"]
        self.ask("POST", f"/admin/campaigns/{path}/publish", {})
        waited(lambda: self.send("POST", f"/campaigns/{path}/join", {}, self.token), lambda answer: answer.ok)
        self.ask("POST", f"/campaigns/{path}/draw", {"draw_no": 1}, self.token)
        assert waited(self.packet_state, lambda state: state == "confirm") == "confirm"
        return str(self.transfer()["out_bill_no"])

    def packet_state(self) -> str:
        packets = self.ask("GET", "/me/packets", token=self.token)["items"]
        return str(packets[0]["state"]) if packets else "none"

    def transfer(self) -> dict[str, Any]:
        items = self.sandbox.control("GET", "transfers")["items"]
        return dict(next(item for item in items if item["openid"] == self.customer["openid"]))

    def queries(self, number: str) -> int:
        """How often siyu asked WeChat Pay what became of a transfer."""
        calls = self.sandbox.control("GET", "calls")["items"]
        return sum(call["method"] == "GET" and call["path"].endswith(number) for call in calls)


@pytest.fixture
def brand(deployed: dict[str, Any]) -> Iterator[Brand]:
    found = Brand(deployed)
    yield found
    found.ask("DELETE", "/_local/clock")


def test_siyu_and_the_sandbox_live_later_within_two_seconds_and_then_do_not(brand: Brand) -> None:
    told = brand.put_clock(25)
    began = time.monotonic()
    seen = waited(lambda: brand.send("GET", "/me", token=brand.token).status_code, lambda status: status == 401)
    took = time.monotonic() - began
    later = _hours_of(brand.sandbox.control("GET", "clock"))
    brand.ask("DELETE", "/_local/clock")
    again = waited(lambda: brand.send("GET", "/me", token=brand.token).status_code, lambda status: status == 200)

    # A member's token lives for 24 hours.
    assert (seen, again) == (401, 200)
    assert took < 10
    assert (_hours_of(told), later, _hours_of(brand.sandbox.control("GET", "clock"))) == (25, 25, 0)


def test_a_packet_that_nobody_confirms_expires_after_a_day(brand: Brand) -> None:
    brand.drawn_packet()

    brand.put_clock(25)
    bill = brand.transfer()
    brand.log_in_again()

    assert (bill["state"], bill["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    assert waited(brand.packet_state, lambda state: state != "confirm") == "expired"


def test_the_reconciler_learns_of_the_end_whose_notification_got_lost(brand: Brand) -> None:
    number = brand.drawn_packet()
    asked = brand.queries(number)
    brand.ask("POST", "/_local/jobs/payouts-reconcile", {})
    asked_too_early = brand.queries(number)

    # The sandbox runs ahead of siyu, which refuses what is signed five hours later than now, and tells again later.
    brand.sandbox.control("PUT", "clock", {"offset_seconds": 30 * HOUR})
    refused = brand.sandbox.control("POST", f"transfers/{number}/notify", {"times": 3})["deliveries"]
    brand.put_clock(25)
    brand.log_in_again()
    before = brand.packet_state()
    learnt = waited(
        lambda: brand.ask("POST", "/_local/jobs/payouts-reconcile", {}) and brand.queries(number),
        lambda found: found > asked,
    )

    assert [one["status"] for one in refused] == [401] * 3
    assert before == "confirm"
    assert waited(brand.packet_state, lambda state: state != "confirm") == "expired"
    assert (asked_too_early, learnt) == (asked, asked + 1)


def test_the_journey_passes_at_a_later_time_too(brand: Brand, deployed: dict[str, Any]) -> None:
    steps: list[str] = []
    brand.put_clock(25)

    Journey(deployed, steps.append).play()

    assert len(steps) > 15


@pytest.mark.soak
@pytest.mark.parametrize("name", JOBS[:: size(5, soak=1)])
def test_a_schedule_can_be_run(brand: Brand, name: str) -> None:
    answer = brand.send("POST", f"/_local/jobs/{name}", {})

    assert (answer.status_code, answer.json().get("ran")) == (200, True), answer.text


def test_an_unknown_job_is_answered_with_every_schedule(brand: Brand) -> None:
    answer = brand.send("POST", "/_local/jobs/no-such-job", {})

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"No such job. There are {', '.join(JOBS)}."


def _hours_of(told: dict[str, Any]) -> int:
    seconds = datetime.fromisoformat(told["now"]).timestamp() - time.time()
    assert abs(seconds - told["offset_seconds"]) < 60
    return round(seconds / HOUR)
