"""A brand to measure and to break: siyu in this process on a local AWS of its own, reached over its HTTP layer."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from infra.local import secret_values
from infra.local.sandbox.keys import load_or_create
from tests import support
from tests.support import Sandbox

Headers = dict[str, str]
Json = dict[str, Any]
Run = Callable[[], Any]


class World:
    """One brand. What is made here gets a name of its own each time."""

    def __init__(self, http: Any, sandbox: Sandbox, admin_token: str) -> None:
        self.http = http
        self.sandbox = sandbox
        self.admin: Headers = {"Authorization": f"Bearer {admin_token}", "Content-Type": "application/json"}
        self.numbers = count(time.time_ns())

    def request(self, method: str, path: str, body: Any = None, headers: Headers | None = None) -> Run:
        """A request that is ready to be sent; sending it answers the JSON or fails unless it is a 2xx."""
        raw = b"" if body is None else json.dumps(body).encode()

        def send() -> Any:
            answer = self.http.request(method, path, headers or self.admin, raw)
            assert 200 <= answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.body[:300]!r}"
            return answer.json_body

        return send

    def ask(self, method: str, path: str, body: Any = None, headers: Headers | None = None) -> Any:
        """Send a request now."""
        return self.request(method, path, body, headers)()

    def made(self, path: str, body: Any) -> Json:
        """What an operator's POST has made."""
        answer: Json = self.ask("POST", path, body)
        return answer

    def number(self) -> str:
        """A short text that was never used."""
        return f"{next(self.numbers):x}"

    @cached_property
    def product(self) -> Json:
        return self.made("/admin/products", {"name": "明前龙井 50g", "sku": f"LJ-{self.number()}"})

    @cached_property
    def channel_id(self) -> str:
        return str(self.ask("POST", "/admin/channels", {"name": "成都专卖店", "regions": ["成都"]})["channel_id"])

    @cached_property
    def shop(self) -> Json:
        return self.made("/admin/shops", {"name": "小程序商城"})

    @cached_property
    def guide(self) -> Json:
        return self.new_guide()

    @cached_property
    def closing_guide(self) -> Json:
        """Another guide, who closes sales."""
        return self.new_guide()

    def new_guide(self) -> Json:
        """A shopping guide, known to WeCom, with a badge."""
        userid = f"guide-{self.number()}"
        self.sandbox.control("POST", "staff", {"userid": userid, "name": "王店长"})
        return self.made("/admin/guides", {"name": "王店长", "userid": userid})

    def batch(self, quantity: int, **facts: Any) -> Json:
        """A batch of active codes."""
        return self.made("/admin/code-batches", self.batch_body(quantity, **facts))

    def batch_body(self, quantity: int, **facts: Any) -> Json:
        """What an operator sends to mint."""
        known = {"product_id": self.product["product_id"], "channel_id": self.channel_id}
        return {**known, "quantity": quantity, "active": True, **facts}

    def codes(self, quantity: int, **facts: Any) -> Iterator[str]:
        """Fresh codes of a batch of their own."""
        from chalicelib.codes.batches import service as batches

        batch = batches.get_batch(self.batch(quantity, **facts)["batch_id"])
        return (line.code for line in batches.codes_page(batch, 0, quantity))

    def member(self, customer: Mapping[str, str] | None = None) -> tuple[str, Headers]:
        """A member, by the service that a login uses; the id and the headers of a logged-in mini program."""
        from chalicelib.kernel import clock
        from chalicelib.members import service
        from chalicelib.runtime.auth import Caller, issue_token

        number, now = self.number(), clock.now()
        who = customer or {"openid": f"o-{number}", "unionid": f"u-{number}"}
        identities = {"openid": who["openid"], "unionid": who["unionid"]}
        person = service.recognise(identities, channel_id=self.channel_id, origin="mini_program", now=now)
        token, _ = issue_token(Caller("member", person.member_id, who["openid"]), now)
        return person.member_id, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def campaign(self, total_fen: int, shares: int, **facts: Any) -> str:
        """A running campaign with a pot; its id."""
        now = datetime.now(UTC)
        body = {
            "name": "新茶尝鲜红包",
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
            "pot": {"total_fen": total_fen, "shares": shares, "split": "lucky", "min_fen": 30},
            "reward_for": ["invitee", "inviter"],
            "tiers": [{"invites": 3, "reward": "draw"}],
            "max_draws_per_member": 3,
            "act": "join",
            **facts,
        }
        campaign_id = self.ask("POST", "/admin/campaigns", body)["campaign_id"]
        self.ask("POST", f"/admin/campaigns/{campaign_id}/publish", {})
        return str(campaign_id)

    def paid_event(self, member_id: str, amount_fen: int = 25_800, **facts: Any) -> Json:
        """A shop's event for a new order."""
        number = self.number()
        return {
            "event_id": f"e-{number}",
            "type": "paid",
            "order_id": f"ORD-{number}",
            "member": {"member_id": member_id},
            "channel_id": self.channel_id,
            "paid_at": datetime.now(UTC).isoformat(),
            "lines": [{"sku": self.product["sku"], "quantity": 2, "amount_fen": amount_fen}],
            **facts,
        }

    def refund_event(self, paid: Mapping[str, Any], amount_fen: int) -> dict[str, Any]:
        """A shop's event for a refund of an order."""
        number = self.number()
        return {
            "event_id": f"e-{number}",
            "type": "refunded",
            "order_id": paid["order_id"],
            "refund": {"refund_id": f"r-{number}", "amount_fen": amount_fen},
        }

    def shop_event(self, event: Mapping[str, Any]) -> Run:
        """An event, signed now, ready to be sent."""
        stamp, shop_id = str(int(time.time())), self.shop["shop_id"]
        signed = f"POST\n/orders/events\n{shop_id}\n{stamp}\n".encode() + json.dumps(event).encode()
        signature = hmac.new(self.shop["secret"].encode(), signed, hashlib.sha256).hexdigest()
        headers = {"X-Shop-Id": shop_id, "X-Timestamp": stamp, "X-Signature": signature}
        return self.request("POST", "/orders/events", event, {**headers, "Content-Type": "application/json"})


def delivery(kind: str, **data: Any) -> dict[str, Any]:
    """A Lambda event with one SQS message, as a queue consumer gets it."""
    import msgspec

    from chalicelib.kernel import clock
    from chalicelib.runtime.events.queues import Event

    body = msgspec.json.encode(Event(f"made-{kind}", kind, clock.now(), data)).decode()
    record = {"messageId": "1", "receiptHandle": "1", "body": body, "eventSource": "aws:sqs", "eventSourceARN": "a:b"}
    return {"Records": [record]}


@contextmanager
def running_world(state: Path, **settings: str) -> Iterator[World]:
    """Start the local AWS and the sandbox, make tables, queues and secrets; `settings` go into the environment."""
    keys = load_or_create(state / "keys.json")
    secrets = secret_values.load_or_create(state / "secrets.json", keys)
    with support.running_engine(state) as engine, support.running_sandbox(state) as sandbox:
        os.environ.update({**support.environment(engine, sandbox.url), **settings})
        support.create_stack(secrets)
        from chalice.test import Client

        from app import app

        with Client(app) as client:
            yield World(client.http, sandbox, secrets["app"]["admin_token"])
