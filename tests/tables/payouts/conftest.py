"""Payouts against the real sandbox; every fault is the sandbox's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chalicelib.kernel import clock, ids
from chalicelib.payouts import service


class WeChatPayControls:
    """The sandbox's side of the money."""

    def __init__(self, sandbox: Any) -> None:
        self.control = sandbox.control

    def bill(self, number: str) -> dict[str, Any] | None:
        """A bill as the sandbox's ledger has it, with the number of requests made for it."""
        items = self.control("GET", "transfers")["items"]
        return next((item for item in items if item["out_bill_no"] == number), None)

    def end(self, number: str, how: str) -> None:
        """The payee confirms, or time passes, or it fails; no notification."""
        self.control("POST", f"transfers/{number}/{how}", {"callback": False})

    def fault(self, mode: str, times: int = 1, path: str = "/v3/fund-app", **more: Any) -> None:
        """The next calls go wrong; a lost answer is a connection that is closed at once."""
        if mode.startswith("timeout"):
            more = {"seconds": 0.05, **more}
        self.control("POST", "faults", {"path": path, "mode": mode, "times": times, **more})


@pytest.fixture
def wechat_pay(stack: str, sandbox: Any) -> Iterator[WeChatPayControls]:
    yield WeChatPayControls(sandbox)
    sandbox.control("DELETE", "faults")


@pytest.fixture
def pay(stack: str, sandbox: Any) -> Any:
    """The merchant's gateway, which is patient with a slow machine."""
    from chalicelib.runtime.secrets import read_secret
    from chalicelib.wechat import gateways

    fields = {**read_secret("pay"), "base_url": sandbox.url, "timeout": (60.0, 60.0)}
    return gateways.build_pay(msgspec.convert(fields, gateways.PayConfig), time.time, sleep=lambda _: None)


@pytest.fixture
def asked(stack: str, sandbox: Any) -> dict[str, Any]:
    """The arguments of a payout of 1.23 yuan to a new customer."""
    now = clock.now()
    return {
        "source": "packet",
        "source_id": ids.new_id("packet", now),
        "member_id": ids.new_id("member", now),
        "openid": sandbox.customer()["openid"],
        "amount_fen": 123,
        "remark": "春茶节红包",
        "now": now,
    }


@pytest.fixture
def payout_id(asked: dict[str, Any]) -> str:
    """A payout that was asked for."""
    return service.request(**asked)
