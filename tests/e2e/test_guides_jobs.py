"""A customer changes hands on the deployed stack, and WeCom's callback answers there in time."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest
import requests

from tests.waiting import waited


class Brand:
    """An operator and WeChat's controls."""

    def __init__(self, deployed: dict[str, Any]) -> None:
        self.api, self.sandbox_url = deployed["api_url"], deployed["sandbox_url"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {deployed['admin_token']}"

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.session.request(method, self.api + path, json=body, headers=headers, timeout=60)
        assert answer.ok, (path, answer.status_code, answer.text)
        return dict(answer.json())

    def sandbox(self, control: str, body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.sandbox_url}/_control/{control}", json=body, timeout=60)
        assert answer.ok, answer.text
        return dict(answer.json())

    def new_guide(self) -> dict[str, Any]:
        return self.ask("POST", "/admin/guides", {"name": "小王", "userid": f"jobs-{secrets.token_hex(4)}"})

    def token_of(self, guide: dict[str, Any]) -> str:
        code = self.sandbox("staff-codes", {"userid": guide["userid"]})["code"]
        return str(self.ask("POST", "/auth/wecom", {"code": code})["token"])


@pytest.fixture
def brand(deployed: dict[str, Any]) -> Brand:
    return Brand(deployed)


def test_a_customer_changes_hands_when_wecom_says_so(brand: Brand) -> None:
    giver, taker = brand.new_guide(), brand.new_guide()
    customer = brand.sandbox("customers", {})["external_userid"]
    brand.sandbox("add-contact", {"external_userid": customer, "userid": giver["userid"]})
    tokens = [brand.token_of(guide) for guide in (giver, taker)]

    def listed(place: int) -> list[str]:
        rows = brand.ask("GET", "/guides/me/members", token=tokens[place])["items"]
        return [row["member_id"] for row in rows if row["bound"]]

    (member_id,) = waited(lambda: listed(0), bool)
    path = f"/admin/guides/{giver['guide_id']}/transfer"
    transfer_id = brand.ask("POST", path, {"to_guide_id": taker["guide_id"]})["transfer_id"]
    begun = waited(lambda: brand.ask("GET", f"{path}s/{transfer_id}"), lambda found: bool(found["items"]))
    waiting = listed(0)
    brand.sandbox("handovers", {"external_userid": customer})

    assert begun["transfer"]["failed"] == 0
    assert waiting == [member_id]
    moved = ([], [member_id])
    assert waited(lambda: (listed(0), listed(1)), lambda lists: lists == moved) == moved
    history = brand.ask("GET", f"/admin/members/{member_id}/bindings")["bindings"]
    assert [(row["guide_id"], row["reason"]) for row in history] == [
        (giver["guide_id"], "contact_added"),
        (taker["guide_id"], "transferred"),
    ]


def test_a_warm_callback_verifies_within_a_second(deployed: dict[str, Any]) -> None:
    from chalicelib.guides.contacts import warming
    from chalicelib.kernel import clock
    from chalicelib.wechat.callback_crypto import CallbackCrypto

    wecom = deployed["wecom"]
    crypto = CallbackCrypto(wecom["token"], wecom["encoding_aes_key"], wecom["corp_id"])
    took: list[float] = []

    def ask(url: str) -> str:
        began = time.monotonic()
        answer = warming.ask_over_http(url)
        took.append(time.monotonic() - began)
        return answer

    answers = [warming.verify(deployed["api_url"], crypto, ask, clock.now()) for _ in range(4)]

    assert all(answers)
    assert min(took[1:]) < 1.0
    print(f"verification: {', '.join(f'{seconds * 1000:.0f} ms' for seconds in took)}")
