"""One customer's whole way through siyu, played against the deployed HTTP API.

Every step asks the API, as a browser, a mini program, a shop system or an operator would, and checks the answer;
the sandbox plays WeChat and the customer's thumbs. Nothing is one-shot: each run makes its own customer.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

Answer = dict[str, Any]
PATIENCE_SECONDS = 90
POT_FEN = 1_000
SHARES = 10
CHAIN = 5
ORDER_FEN = 25_800
REFUND_FEN = 12_900


class StepFailed(RuntimeError):
    """A step's answer was not what the journey needs."""


class Journey:
    """The state of one run: who the customer is, what was made on the way."""

    def __init__(self, stack: Answer, tell: Callable[[str], None]) -> None:
        self.stack = stack
        self.tell = tell
        self.http = requests.Session()
        self.mark = secrets.token_hex(3)
        self.member: dict[str, str] = {}
        self.guide_token: dict[str, str] = {}
        self.later = timedelta()

    def play(self) -> None:
        """Play every step; `StepFailed` at the first that does not hold."""
        self.later = timedelta(seconds=self._admin("GET", "/_local/clock", None)["offset_seconds"])
        for step in (
            self.make_codes,
            self.scan,
            self.become_a_member,
            self.bind_a_phone,
            self.create_a_guide,
            self.add_the_guide,
            self.start_a_campaign,
            self.join_and_draw,
            self.be_paid,
            self.bring_friends,
            self.buy,
            self.see_the_commission,
            self.receive_a_push,
            self.refund_a_part,
            self.see_the_numbers,
        ):
            step()

    def make_codes(self) -> None:
        """An operator adds a product and mints codes for it."""
        content = {"title": "明前龙井", "sections": [{"heading": "产地", "text": "西湖龙井村，海拔三百米的茶园。"}]}
        product = self._admin(
            "POST", "/admin/products", {"name": "明前龙井 50g", "sku": f"LJ-{self.mark}", "content": content}
        )
        channel = self._admin("POST", "/admin/channels", {"name": "成都专卖店", "regions": ["成都"]})
        self.sku, self.channel_id = product["sku"], channel["channel_id"]
        batch = self._admin(
            "POST",
            "/admin/code-batches",
            {"product_id": product["product_id"], "quantity": 1000, "channel_id": self.channel_id, "active": True},
        )
        self._check("POST /admin/code-batches", f"1000 codes in {batch['batch_id']}")
        page = self._get_text(f"/admin/code-batches/{batch['batch_id']}/codes?limit=3", self._admin_headers())
        first = next(csv.DictReader(io.StringIO(page)))
        self.code, self.code_url = first["code"], first["url"]
        self._check("GET  /admin/code-batches/{id}/codes", f"code {self.code}")

    def scan(self) -> None:
        """A customer scans the code on the box: a browser sees a page, a program sees JSON."""
        found = self._until(
            lambda: self._call("GET", f"/c/{self.code}", headers={"Accept": "application/json"}),
            lambda answer: answer["verdict"] == "first_scan",
            "the code's first scan",
        )
        self.scan_id = found["scan_id"]
        page = self._get_text(f"/c/{self.code}", {"Accept": "text/html"})
        self._need("明前龙井" in page, "the scan page shows the product")
        self._check("GET  /c/{code}", f"first scan, scan_id {self.scan_id[:12]}…, page of {len(page.encode())} bytes")

    def become_a_member(self) -> None:
        """The customer opens the mini program and logs in with WeChat."""
        self.customer = self._sandbox("POST", "customers", {})
        code = self._sandbox("POST", "js-codes", {"openid": self.customer["openid"]})["js_code"]
        answer = self._call("POST", "/auth/mini-program", {"js_code": code, "scan_id": self.scan_id})
        self._need(answer["is_new"], "the customer is new")
        self.member_id = answer["member"]["member_id"]
        self.member = {"Authorization": f"Bearer {answer['token']}"}
        self._need(answer["member"]["channel_id"] == self.channel_id, "the member came by the code's channel")
        self._check("POST /auth/mini-program", f"{self.member_id}, channel {self.channel_id}")

    def bind_a_phone(self) -> None:
        """The member gives the phone number by the mini program's button."""
        code = self._sandbox("POST", "phone-codes", {"openid": self.customer["openid"]})["phone_code"]
        self._call("POST", "/me/phone", {"phone_code": code}, self.member)
        me = self._call("GET", "/me", headers=self.member)
        self._need(me["phone_masked"] and "****" in me["phone_masked"], "the phone is bound and masked")
        self._check("POST /me/phone", f"phone {me['phone_masked']}")

    def create_a_guide(self) -> None:
        """An operator creates a shopping guide; WeCom makes the contact way (渠道活码)."""
        self.userid = f"guide-{self.mark}"
        guide = self._admin("POST", "/admin/guides", {"name": "王店长", "userid": self.userid})
        self.guide_id = guide["guide_id"]
        self._need(guide["qr_code"], "the guide has a WeCom QR code")
        self._check("POST /admin/guides", f"{self.guide_id}, contact way made")

    def add_the_guide(self) -> None:
        """The customer adds the guide in WeCom: an encrypted callback arrives and binds the two."""
        external = self.customer["external_userid"]
        raised = self._sandbox("POST", "add-contact", {"external_userid": external, "userid": self.userid})
        self._need(raised["callback"] and raised["callback"]["status"] == 200, "the callback was taken")
        self._until(
            lambda: self._call("GET", "/me", headers=self.member),
            lambda me: me["guide_id"] == self.guide_id,
            "the binding",
        )
        code = self._sandbox("POST", "staff-codes", {"userid": self.userid})["code"]
        login = self._call("POST", "/auth/wecom", {"code": code})
        self.guide_token = {"Authorization": f"Bearer {login['token']}"}
        self._check("POST /callbacks/wecom", f"bound to {self.guide_id}")

    def start_a_campaign(self) -> None:
        """An operator starts a red-packet campaign with a small pot."""
        now = self._now()
        campaign = self._admin(
            "POST",
            "/admin/campaigns",
            {
                "name": "新茶尝鲜红包",
                "starts_at": (now - timedelta(minutes=1)).isoformat(),
                "ends_at": (now + timedelta(days=7)).isoformat(),
                "pot": {"total_fen": POT_FEN, "shares": SHARES, "split": "lucky", "min_fen": 30},
                "reward_for": ["invitee", "inviter"],
                "tiers": [{"invites": 1, "reward": "draw"}],
                "max_draws_per_member": 3,
                "act": "join",
                "waiting_hours": 0,
                "risk": "default",
            },
        )
        self.campaign_id = campaign["campaign_id"]
        self._admin("POST", f"/admin/campaigns/{self.campaign_id}/publish", {})
        self._check("POST /admin/campaigns", f"{self.campaign_id}, {SHARES} shares", fen=POT_FEN)

    def join_and_draw(self) -> None:
        """The member joins and draws from the pot; the same draw again is the same packet."""
        joined = self._until(
            lambda: self._call("POST", f"/campaigns/{self.campaign_id}/join", {}, self.member, allow=(409,)),
            lambda answer: "participant_id" in answer,
            "the campaign to run",
        )
        self._check(
            "POST /campaigns/{id}/join", f"{joined['participant_id']}, invite of {len(joined['invite'])} letters"
        )
        drawn = self._call("POST", f"/campaigns/{self.campaign_id}/draw", {"draw_no": 1}, self.member)
        again = self._call("POST", f"/campaigns/{self.campaign_id}/draw", {"draw_no": 1}, self.member)
        self._need((again["packet_id"], again["amount_fen"]) == (drawn["packet_id"], drawn["amount_fen"]), "one packet")
        self.packet_id, self.packet_fen, self.invite = drawn["packet_id"], drawn["amount_fen"], joined["invite"]
        self._check("POST /campaigns/{id}/draw", self.packet_id, fen=self.packet_fen)

    def be_paid(self) -> None:
        """siyu transfers, the member confirms in WeChat, WeChat Pay notifies, the packet is paid."""
        waiting = self._packet_until("confirm", self.packet_id, self.member)
        self._need(waiting["package_info"], "the mini program has what it needs to confirm")
        self._check("POST …/transfer-bills", "asked WeChat Pay, the member is to confirm", fen=waiting["amount_fen"])
        self._confirm(self.customer, self.packet_fen)
        paid = self._packet_until("paid", self.packet_id, self.member)
        self._check("POST /callbacks/wechat-pay", "packet paid", fen=paid["amount_fen"])

    def bring_friends(self) -> None:
        """The member invites a friend, who invites the next: a chain of five, each with a packet of their own."""
        self.paid_fen = self.packet_fen
        for depth in range(1, CHAIN):
            friend = self._sandbox("POST", "customers", {})
            code = self._sandbox("POST", "js-codes", {"openid": friend["openid"]})["js_code"]
            login = self._call("POST", "/auth/mini-program", {"js_code": code, "invite": self.invite})
            token = {"Authorization": f"Bearer {login['token']}"}
            joined = self._call("POST", f"/campaigns/{self.campaign_id}/join", {"invite": self.invite}, token)
            drawn = self._call("POST", f"/campaigns/{self.campaign_id}/draw", {"draw_no": 1}, token)
            self._packet_until("confirm", drawn["packet_id"], token)
            self._confirm(friend, drawn["amount_fen"])
            self._packet_until("paid", drawn["packet_id"], token)
            self.invite, self.paid_fen = joined["invite"], self.paid_fen + drawn["amount_fen"]
            self._check("POST /campaigns/{id}/join", f"invited, {depth} below the first, paid", fen=drawn["amount_fen"])

    def _confirm(self, customer: dict[str, str], amount_fen: int) -> None:
        bills = self._sandbox("GET", "transfers", None)["items"]
        bill = next(item for item in bills if item["openid"] == customer["openid"])
        self._need(bill["amount_fen"] == amount_fen and bill["requests"] == 1, "one transfer of that amount")
        self._sandbox("POST", f"transfers/{bill['out_bill_no']}/confirm", {})

    def buy(self) -> None:
        """A shop system reports an order; it is credited to the guide as of the moment of payment."""
        self.order_id = f"ORD-{self.mark}"
        self.event = {
            "event_id": f"evt-{self.mark}-1",
            "type": "paid",
            "order_id": self.order_id,
            "member": {"unionid": self.customer["unionid"]},
            "channel_id": self.channel_id,
            "paid_at": self._now().isoformat(),
            "lines": [{"sku": self.sku, "quantity": 2, "amount_fen": ORDER_FEN}],
        }
        first = self._order_event(self.event)
        second = self._order_event(self.event)
        self._need((first["status"], second["status"]) == ("accepted", "duplicate"), "one order, told twice")
        self._check("POST /orders/events", f"{self.order_id} accepted, the repeat is a duplicate", fen=ORDER_FEN)

    def see_the_commission(self) -> None:
        """The order's credits become ledger entries, and the guide sees what was earned and why."""
        order = self._until(
            lambda: self._admin("GET", f"/admin/orders/{self.order_id}", None),
            lambda answer: any(entry["payee"] == self.guide_id for entry in answer["entries"]),
            "the guide's ledger entry",
        )
        self._need(sum(posting["amount_fen"] for posting in order["postings"]) == 0, "the postings sum to zero")
        self.commission = sum(entry["amount_fen"] for entry in order["entries"] if entry["payee"] == self.guide_id)
        self._need(self.commission == ORDER_FEN * 300 // 10_000, "the binding guide has 3 %")
        month = self._now().astimezone().strftime("%Y-%m")
        mine = self._call("GET", f"/guides/me/commissions?month={month}", headers=self.guide_token)
        self._need(any(entry["amount_fen"] == self.commission for entry in mine["items"]), "the guide sees the entry")
        self._check("GET  /guides/me/commissions", f"commission of {self.guide_id}", fen=self.commission)

    def receive_a_push(self) -> None:
        """An operator sends a message to all members; it reaches this one once."""
        segment = self._admin("POST", "/admin/segments", {"name": "全部会员", "rule": {"all": []}})
        self._until(
            lambda: self._admin("GET", f"/admin/segments/{segment['segment_id']}/preview", None),
            lambda answer: bool(answer["count"]),
            "the segment's members",
        )
        push = self._admin(
            "POST",
            "/admin/pushes",
            {
                "segment_id": segment["segment_id"],
                "media": ["subscribe_message"],
                "purpose": "service",
                "content": {"title": "新茶到店", "text": "您收藏的明前龙井已到店。"},
                "send_at": None,
                "dedupe_key": f"new-tea-{self.mark}",
                "ignore_quiet_hours": True,
            },
        )
        done = self._until(
            lambda: self._admin("GET", f"/admin/pushes/{push['push_id']}", None),
            lambda answer: answer["state"] == "done",
            "the push",
        )
        messages = self._sandbox("GET", "messages", None)["items"]
        mine = [
            item for item in messages if item.get("openid") == self.customer["openid"] and item["kind"] != "welcome"
        ]
        self._need(len(mine) == 1, f"exactly one message reached the member, not {len(mine)}")
        self._check("POST /admin/pushes", f"{done['sent']} of {done['audience']} sent, this member has one")

    def refund_a_part(self) -> None:
        """Half of the order goes back; the commission follows it to the fen."""
        event = {
            **self.event,
            "event_id": f"evt-{self.mark}-2",
            "type": "refunded",
            "refund": {"refund_id": f"rf-{self.mark}", "amount_fen": REFUND_FEN},
        }
        self._order_event(event)
        expected = (ORDER_FEN - REFUND_FEN) * 300 // 10_000
        order = self._until(
            lambda: self._admin("GET", f"/admin/orders/{self.order_id}", None),
            lambda answer: self._earned(answer) == expected,
            "the claw-back",
        )
        self._need(sum(posting["amount_fen"] for posting in order["postings"]) == 0, "the postings sum to zero")
        self._check("POST /orders/events", "refund: commission clawed back", fen=expected - self.commission)

    def see_the_numbers(self) -> None:
        """The operator's numbers show what happened."""
        today = self._now() + timedelta(hours=8)
        window = f"from={(today - timedelta(days=1)):%Y-%m-%d}&to={today:%Y-%m-%d}"
        report = self._until(
            lambda: self._admin("GET", f"/admin/campaigns/{self.campaign_id}/report", None),
            lambda answer: answer["paid_fen"] == self.paid_fen and answer["max_depth"] == CHAIN - 1,
            "the campaign's report",
        )
        self._need(report["drawn_fen"] + report["remaining_fen"] == POT_FEN, "drawn and remaining make the pot")
        self._admin("GET", f"/admin/insights?{window}", None)
        self._check(
            "GET  /admin/campaigns/{id}/report", f"{report['participants']} participant", fen=report["paid_fen"]
        )

    def _now(self) -> datetime:
        """The time that siyu lives in: its clock may have been put forward."""
        return datetime.now(UTC) + self.later

    def _earned(self, order: Answer) -> int:
        return sum(int(entry["amount_fen"]) for entry in order["entries"] if entry["payee"] == self.guide_id)

    def _packet_until(self, state: str, packet_id: str, member: dict[str, str]) -> Answer:
        def packets() -> Answer:
            items = self._call("GET", "/me/packets", headers=member)["items"]
            return next((item for item in items if item["packet_id"] == packet_id), {"state": "none"})

        return self._until(packets, lambda packet: packet["state"] == state, f"the packet to be {state}")

    def _order_event(self, event: Answer) -> Answer:
        body = json.dumps(event, ensure_ascii=False).encode()
        stamp = str(int(self._now().timestamp()))
        shop = self.stack["shop_id"]
        signed = f"POST\n/orders/events\n{shop}\n{stamp}\n".encode() + body
        signature = hmac.new(self.stack["shop_secret"].encode(), signed, hashlib.sha256).hexdigest()
        headers = {
            "X-Shop-Id": shop,
            "X-Timestamp": stamp,
            "X-Signature": signature,
            "Content-Type": "application/json",
        }
        return self._read(
            self.http.post(f"{self.stack['api_url']}/orders/events", body, headers=headers, timeout=60), ()
        )

    def _admin_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stack['admin_token']}"}

    def _admin(self, method: str, path: str, body: Answer | None) -> Answer:
        return self._call(method, path, body, self._admin_headers())

    def _sandbox(self, method: str, control: str, body: Answer | None) -> Answer:
        url = f"{self.stack['sandbox_url']}/_control/{control}"
        return self._read(self.http.request(method, url, json=body, timeout=60), ())

    def _call(
        self,
        method: str,
        path: str,
        body: Answer | None = None,
        headers: dict[str, str] | None = None,
        allow: tuple[int, ...] = (),
    ) -> Answer:
        url = f"{self.stack['api_url']}{path}"
        return self._read(self.http.request(method, url, json=body, headers=headers, timeout=60), allow)

    def _get_text(self, path: str, headers: dict[str, str]) -> str:
        answer = self.http.get(f"{self.stack['api_url']}{path}", headers=headers, timeout=60)
        self._need(answer.ok, f"GET {path} answers {answer.status_code}: {answer.text[:300]}")
        answer.encoding = "utf-8"
        return answer.text

    def _read(self, answer: requests.Response, allow: tuple[int, ...]) -> Answer:
        request = answer.request
        self._need(
            answer.ok or answer.status_code in allow,
            f"{request.method} {request.path_url} answers {answer.status_code}: {answer.text[:500]}",
        )
        found: Answer = answer.json() if answer.content else {}
        return found

    def _until(self, ask: Callable[[], Answer], holds: Callable[[Answer], bool], what: str) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = ask()
            if holds(answer):
                return answer
            if time.monotonic() > deadline:
                raise StepFailed(f"Waited {PATIENCE_SECONDS} s for {what}. The last answer: {json.dumps(answer)[:600]}")
            time.sleep(0.3)

    def _need(self, holds: object, what: str) -> None:
        if not holds:
            raise StepFailed(f"Not so: {what}")

    def _check(self, call: str, result: str, *, fen: int | None = None) -> None:
        money = f"{fen:>8} fen" if fen is not None else " " * 12
        self.tell(f"  ✓ {call:<36} {money}  {result}")
