"""HTTP contract of order events, orders, the commission policy and commissions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from chalicelib.attribution import events, rules, service
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Entry
from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.members.service import Person
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.functions import Change


class Shop(NamedTuple):
    """A shop and its secret."""

    http: Any
    shop_id: str
    secret: str

    def send(self, event: dict[str, Any], **headers: str) -> Any:
        """A signed event; `headers` replace the good ones."""
        body = json.dumps(event).encode()
        timestamp = headers.get("X-Timestamp", str(int(time.time())))
        signed = {
            "Content-Type": "application/json",
            "X-Shop-Id": self.shop_id,
            "X-Timestamp": timestamp,
            "X-Signature": rules.sign(self.secret, self.shop_id, timestamp, body),
        }
        return self.http.post("/orders/events", headers={**signed, **headers}, body=body)


@pytest.fixture
def shop(http: Any, admin: dict[str, str]) -> Shop:
    """A new shop."""
    made = http.post("/admin/shops", headers=admin, body=b'{"name": "Mall"}').json_body
    return Shop(http, made["shop_id"], made["secret"])


@pytest.fixture
def order_id() -> str:
    """A shop's own id that no other test has."""
    return f"订单/{ids.new_id('request', clock.now())}"


@pytest.fixture
def order_of(http: Any, admin: dict[str, str]) -> Callable[[str], Any]:
    """Reads an order as an operator."""
    return lambda order_id: http.get(f"/admin/orders/{quote(order_id, safe='')}", headers=admin)


def paid(order_id: str, **other: Any) -> dict[str, Any]:
    """A paid event of 100 yuan."""
    return {
        "event_id": f"paid {order_id}",
        "type": "paid",
        "order_id": order_id,
        "member": {"member_id": "mbr_nobody"},
        "channel_id": "chn_nowhere",
        "closing_guide_id": "gde_closing",
        "paid_at": to_rfc3339(clock.now()),
        "lines": [{"sku": "NO-SUCH-TEA", "quantity": 2, "amount_fen": 10_000}],
        **other,
    }


def refunded(order_id: str, amount: int, refund_id: str = "r-1", **other: Any) -> dict[str, Any]:
    """A refund of the order that `paid` makes."""
    refund = {"refund_id": refund_id, "amount_fen": amount}
    return {**paid(order_id), "event_id": f"{refund_id} {order_id}", "type": "refunded", "refund": refund, **other}


def test_an_order_is_found_however_its_id_was_copied(shop: Shop, order_id: str, order_of: Callable[[str], Any]) -> None:
    sent = f"\ufeff{order_id}—１ "
    shop.send(paid(sent))

    found = [order_of(copied) for copied in (sent, f"{order_id}-1", f"{order_id}\u200b‑1")]

    assert [one.status_code for one in found] == [200, 200, 200]
    assert {one.json_body["order_id"] for one in found} == {f"{order_id}-1"}


def test_an_order_without_a_visible_id_is_refused(shop: Shop) -> None:
    answer = shop.send(paid("\u200b "))

    assert (answer.status_code, answer.json_body["error"]["param"]) == (400, "order_id")


def test_an_order_is_accepted_once_and_shown_with_its_credits(
    shop: Shop, order_id: str, order_of: Callable[[str], Any]
) -> None:
    event = paid(order_id)

    first, second = shop.send(event), shop.send(event)

    assert (first.status_code, first.json_body) == (202, {"order_id": order_id, "status": "accepted"})
    assert (second.status_code, second.json_body["status"]) == (202, "duplicate")
    order = order_of(order_id).json_body
    (credit,) = order["credits"]
    assert (credit["payee"], credit["role"], credit["amount_fen"]) == ("gde_closing", "closing", 200)
    assert credit["why"]["rate_bp"] == 200
    assert sum(posting["amount_fen"] for posting in order["postings"]) == 0
    assert order["state"] == "frozen"
    assert order["policy_version"] >= 1
    assert order["unknown"] == {
        "member": True,
        "channel_id": "chn_nowhere",
        "closing_guide_id": "gde_closing",
        "skus": ["NO-SUCH-TEA"],
    }


def test_the_bound_guide_is_credited_though_another_closes(
    shop: Shop, order_id: str, order_of: Callable[[str], Any], bound: tuple[str, str]
) -> None:
    member_id, guide_id = bound

    shop.send(paid(order_id, member={"member_id": member_id}))

    credits = {
        credit["role"]: (credit["payee"], credit["amount_fen"]) for credit in order_of(order_id).json_body["credits"]
    }
    assert credits == {"binding": (guide_id, 300), "closing": ("gde_closing", 200)}


def test_one_event_id_with_another_body_or_order_is_409(shop: Shop, order_id: str) -> None:
    event = paid(order_id)
    shop.send(event)

    other_body = shop.send({**event, "channel_id": "chn_other"})
    other_order = shop.send({**event, "order_id": order_id + "b"})

    assert {other_body.status_code, other_order.status_code} == {409}
    assert other_order.json_body["error"]["code"] == "idempotency_conflict"


def test_a_wrong_signature_and_an_unknown_shop_look_the_same(shop: Shop, order_id: str) -> None:
    wrong = shop.send(paid(order_id), **{"X-Signature": "0" * 64})
    unknown = shop.send(paid(order_id), **{"X-Shop-Id": ids.new_id("shop", clock.now())})
    unsigned = shop.http.post("/orders/events", headers={}, body=json.dumps(paid(order_id)).encode())

    assert {answer.status_code for answer in (wrong, unknown, unsigned)} == {401}
    errors = [{**answer.json_body["error"], "request_id": ""} for answer in (wrong, unknown, unsigned)]
    assert errors[0] == errors[1] == errors[2]
    assert errors[0]["code"] == "invalid_signature"


@pytest.mark.parametrize("off", [-301, 302])
def test_a_stale_request_is_refused(shop: Shop, order_id: str, off: int) -> None:
    stale = shop.send(paid(order_id), **{"X-Timestamp": str(int(time.time()) + off)})

    assert (stale.status_code, stale.json_body["error"]["code"]) == (401, "stale_request")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"lines": None}, "lines"),
        ({"member": {}}, "member"),
        ({"member": {"openid": "o", "phone": "13800138000"}}, "member"),
        ({"surprise": 1}, "surprise"),
        ({"paid_at": "yesterday"}, "paid_at"),
        ({"type": "refunded"}, "refund"),
        ({"lines": [{"sku": "a", "quantity": 1, "amount_fen": 1.5}]}, "lines[0].amount_fen"),
    ],
)
def test_a_body_that_is_not_as_agreed_is_400(shop: Shop, order_id: str, change: dict[str, Any], param: str) -> None:
    refused = shop.send({**paid(order_id), **change})

    assert refused.status_code == 400
    assert refused.json_body["error"]["param"].replace("[...]", "[0]") == param


def test_refunds_are_taken_up_to_the_order_and_claw_back(
    shop: Shop, order_id: str, order_of: Callable[[str], Any]
) -> None:
    shop.send(paid(order_id))
    _write_ledger(shop.shop_id, order_id)
    lines = [{"sku": "NO-SUCH-TEA", "quantity": 1, "amount_fen": 5_000}]

    part = shop.send(refunded(order_id, 5_000, refund={"refund_id": "r-1", "amount_fen": 5_000, "lines": lines}))
    too_much = shop.send(refunded(order_id, 5_001, "r-2"))
    rest = shop.send(refunded(order_id, 5_000, "r-3"))
    _write_ledger(shop.shop_id, order_id)

    assert [answer.status_code for answer in (part, too_much, rest)] == [202, 422, 202]
    assert too_much.json_body["error"]["code"] == "refund_exceeds_order"
    order = order_of(order_id).json_body
    assert order["refunded_fen"] == 10_000
    assert [refund["amount_fen"] for refund in order["refunds"]] == [5_000, 5_000]
    assert sorted(entry["amount_fen"] for entry in order["entries"]) == [-100, -100, 200]
    assert all(posting["amount_fen"] == 0 for posting in order["postings"])


def test_a_refund_before_its_order_is_accepted_and_shown_as_waiting(
    shop: Shop, order_id: str, order_of: Callable[[str], Any]
) -> None:
    early = shop.send(refunded(order_id, 4_000))
    assert (early.status_code, order_of(order_id).status_code) == (202, 404)

    shop.send(paid(order_id))

    (refund,) = order_of(order_id).json_body["refunds"]
    assert (refund["refund_id"], refund["state"]) == ("r-1", "waiting")


def test_an_order_id_of_two_shops_needs_the_shop(
    shop: Shop, http: Any, admin: dict[str, str], order_id: str, order_of: Callable[[str], Any]
) -> None:
    made = http.post("/admin/shops", headers=admin, body=b'{"name": "POS"}').json_body
    other = Shop(http, made["shop_id"], made["secret"])
    shop.send(paid(order_id))
    other.send(paid(order_id))

    ambiguous = order_of(order_id)
    told = http.get(f"/admin/orders/{quote(order_id, safe='')}?shop_id={other.shop_id}", headers=admin)

    assert ambiguous.status_code == 409
    assert told.json_body["shop_id"] == other.shop_id


def test_the_policy_starts_as_three_and_two_per_cent(http: Any, admin: dict[str, str]) -> None:
    policy = http.get("/admin/attribution-policy", headers=admin).json_body

    assert policy["lookback_days"] == 180
    assert policy["rules"] == [
        {"role": "binding", "rate_bp": 300, "max_fen": None},
        {"role": "closing", "rate_bp": 200, "max_fen": None},
    ]


def test_a_policy_that_is_put_back_unchanged_makes_no_new_version(http: Any, admin: dict[str, str]) -> None:
    policy = http.get("/admin/attribution-policy", headers=admin).json_body

    again = http.put("/admin/attribution-policy", headers=admin, body=json.dumps(policy).encode())

    assert again.json_body == policy


def test_rates_above_everything_are_refused(http: Any, admin: dict[str, str]) -> None:
    body = json.dumps({"rules": [{"role": "binding", "rate_bp": 10_001}]}).encode()

    refused = http.put("/admin/attribution-policy", headers=admin, body=body)

    assert refused.status_code == 422


def test_a_guide_sees_what_they_earned_and_why(shop: Shop, http: Any, order_id: str) -> None:
    guide_id = ids.new_id("guide", clock.now()) + "#"
    shop.send(paid(order_id, closing_guide_id=guide_id))
    _write_ledger(shop.shop_id, order_id)
    token, _ = issue_token(Caller("guide", "zhang", guide_id=guide_id), clock.now())

    listed = http.get("/guides/me/commissions", headers={"Authorization": f"Bearer {token}"})
    earlier = http.get("/guides/me/commissions?month=2020-01", headers={"Authorization": f"Bearer {token}"})
    nonsense = http.get("/guides/me/commissions?month=2020-13", headers={"Authorization": f"Bearer {token}"})

    (entry,) = listed.json_body["items"]
    assert (entry["amount_fen"], entry["order_id"], entry["cause"]) == (200, order_id, "frozen")
    assert entry["payee"] == guide_id
    assert entry["why"][0]["base_fen"] == 10_000
    assert earlier.json_body["items"] == []
    assert nonsense.status_code == 400


@pytest.fixture
def bound(stack: str) -> tuple[str, str]:
    """A member bound to a guide a minute ago: (member id, guide id)."""
    from chalicelib.members import service as members

    now = clock.now()
    identity = {"openid": ids.new_id("visit", now)}
    member_id = members.recognise(identity, channel_id="chn_mall", origin="test", now=now).member_id
    guide_id = ids.new_id("guide", now)
    guides.create_guide(guide_id, name="G", userid=guide_id, store_id=None, now=now - 60_000)
    bindings.bind(Person(member_id), guide_id, reason="badge", at=now - 60_000, now=now)
    return member_id, guide_id


def _write_ledger(shop_id: str, order_id: str) -> None:
    """What stream and consumer do with the order's changes so far, in one step from an empty image."""
    import msgspec

    order = orders_tables.find_order(shop_id, order_id) or {}
    for before, after in _changes(order):
        for event in events.events_of(Change("1", before, after, "0" * 40, order["at"])):
            if event.type != "order.placed":
                data = event.data
                entries = msgspec.convert(data["entries"], list[Entry])
                service.record_entries(shop_id, order_id, data["cause"], data["recorded_at"], entries)


def _changes(order: Item) -> list[tuple[Item, Item]]:
    """The images that led to this one."""
    image = {name: value for name, value in order.items() if not name.startswith("rf_")} | {"rest": order["tt"]}
    changes: list[tuple[Item, Item]] = [({}, image)]
    refunds = sorted((name for name in order if name.startswith("rf_")), key=lambda name: order[name]["t"])
    for name in refunds:
        newer = {**image, name: order[name], "rest": image["rest"] - order[name]["a"]}
        changes.append((image, newer))
        image = newer
    return changes
