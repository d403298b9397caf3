"""Attribution's event functions, called as Lambda calls them: module attribute, raw event, context."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from chalicelib.attribution import queries as attribution_queries
from chalicelib.attribution import rules, service
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.rules import Line, Refund, Sale
from chalicelib.attribution.sources import Sources
from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import shanghai_month
from chalicelib.members.service import Person
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events import queues
from chalicelib.runtime.settings import settings
from functions import attribution_freeze, attribution_ledger, attribution_stream


class Context:
    """What Powertools and Chalice look at in a Lambda context."""

    function_name = "attribution"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:attribution"
    aws_request_id = "1"


class Bound(NamedTuple):
    """A binding, as far as an order looks at it."""

    guide_id: str


class Told(NamedTuple):
    """An order of a fresh shop and a fresh guide, and how to send more about it."""

    shop_id: str
    guide_id: str
    now: int

    def place(self, *, settling_seconds: int = 0) -> None:
        """Send the order, 100 yuan."""
        sources = Sources(lambda _k, _v: Person("mbr_1"), Person, lambda _p, _at: Bound(self.guide_id))
        sale = Sale("e-1", "A-1", ("openid", "o"), "chn_1", None, self.now - 1, (Line("TEA-1", 1, 10_000),))
        service.place_order(
            sale, shop_id=self.shop_id, sources=sources, now=self.now, settling_seconds=settling_seconds
        )

    def refund(self, amount: int, refund_id: str = "r-1") -> None:
        """Send a refund of the order."""
        service.record_refund(Refund(refund_id, "A-1", refund_id, amount), shop_id=self.shop_id, now=self.now)

    def image(self) -> Item:
        """The order as the stream shows it."""
        return orders_tables.find_order(self.shop_id, "A-1") or {}

    def earned(self) -> list[int]:
        """What the guide's ledger of this month says, newest first."""
        rows = attribution_queries.commissions(self.guide_id, shanghai_month(self.now), 50, None)[0]
        return [row["amount_fen"] for row in rows]


@pytest.fixture
def told(stack: str) -> Told:
    """A fresh order; the queues of all its readers are there and empty."""
    for queue in ("attribution-ledger", "attribution-freeze", "insights-fold"):
        client("sqs").create_queue(QueueName=f"{stack}-{queue}")
        client("sqs").purge_queue(QueueUrl=queues.queue_url(queue))
    now = clock.now()
    return Told(ids.new_id("shop", now), ids.new_id("guide", now), now)


def test_a_frozen_order_and_its_refund_reach_the_guides_ledger(told: Told) -> None:
    told.place()
    placed = told.image()
    _stream({}, placed)
    told.refund(2_500)
    _stream(placed, told.image())

    _consume(attribution_ledger.attribution_ledger, _drain("attribution-ledger"))

    assert sorted(told.earned()) == [-75, 300]
    assert [json.loads(body)["type"] for body in _drain("insights-fold")] == ["order.frozen", "order.refunded"]
    assert [row["amount_fen"] for row in attribution_queries.entries_of(told.image())] in ([300, -75], [-75, 300])


def test_redelivered_records_and_messages_change_nothing(told: Told) -> None:
    told.place()
    placed = told.image()
    told.refund(10_000)
    for _ in range(2):
        _stream({}, placed)
        _stream(placed, told.image())

    bodies = _drain("attribution-ledger")
    for _ in range(2):
        _consume(attribution_ledger.attribution_ledger, bodies)

    assert sorted(told.earned()) == [-300, 300]


def test_an_entry_explains_itself(told: Told) -> None:
    told.place()
    _stream({}, told.image())
    _consume(attribution_ledger.attribution_ledger, _drain("attribution-ledger"))

    (row,) = attribution_queries.entries_of(told.image())
    (why,) = attribution_queries.entry_of(row).why

    assert why == rules.Reason("binding", 300, 10_000, 0, None, why.policy_version)


def test_a_provisional_order_tells_nobody_what_it_earned(told: Told) -> None:
    told.place(settling_seconds=600)

    _stream({}, told.image())

    assert _drain("attribution-ledger") == []
    (body,) = _drain("attribution-freeze")
    assert json.loads(body)["type"] == "order.placed"


def test_the_settling_consumer_takes_refunds_that_came_first(told: Told) -> None:
    told.refund(4_000)
    told.place()
    _stream({}, told.image())

    answer = _consume(attribution_freeze.attribution_freeze, _drain("attribution-freeze"))

    assert answer == {"batchItemFailures": []}
    assert told.image()["rest"] == 6_000


def test_an_order_that_is_not_due_yet_is_put_back_with_a_delay(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.place(settling_seconds=600)
    _stream({}, told.image())
    bodies = _drain("attribution-freeze")
    monkeypatch.setenv("SIYU_SETTLING_SECONDS", "600")
    settings.cache_clear()

    try:
        _consume(attribution_freeze.attribution_freeze, bodies)
    finally:
        monkeypatch.undo()
        settings.cache_clear()

    assert "fz" not in told.image()
    assert _drain("attribution-freeze") == []
    assert _delayed("attribution-freeze") == 1


def test_only_orders_speak(told: Told) -> None:
    service.touch(Person("mbr_1"), kind="scan", key="v", at=told.now)
    touch = {"pk": "T#mbr_1", "sk": f"{told.now:013d}#x", "kind": "scan", "at": told.now}

    _stream({}, touch)
    _stream({}, {"pk": "O#A-1", "sk": f"{told.shop_id}#rf_x", "refund": "{}", "h": "", "at": 1})

    assert _drain("attribution-freeze") == _drain("attribution-ledger") == []


def _stream(old: Item, new: Item) -> None:
    images = {name: dynamo.pack_item(image) for name, image in (("OldImage", old), ("NewImage", new)) if image}
    record = {
        "eventID": "1",
        "eventName": "MODIFY" if old else "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/x/stream/1",
        "awsRegion": "us-east-1",
        "dynamodb": {"SequenceNumber": "1", "Keys": {}, **images},
    }
    attribution_stream.attribution_stream({"Records": [record]}, Context())


def _consume(handler: Any, bodies: list[str]) -> Any:
    records = [
        {
            "messageId": str(place),
            "receiptHandle": "r",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:x",
            "awsRegion": "us-east-1",
        }
        for place, body in enumerate(bodies)
    ]
    return handler({"Records": records}, Context())


def _delayed(queue: str) -> int:
    name = "ApproximateNumberOfMessagesDelayed"
    answer = client("sqs").get_queue_attributes(QueueUrl=queues.queue_url(queue), AttributeNames=[name])
    return int(answer["Attributes"][name])


def _drain(queue: str) -> list[str]:
    bodies: list[str] = []
    while True:
        answer = client("sqs").receive_message(QueueUrl=queues.queue_url(queue), MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        if not messages:
            return bodies
        for message in messages:
            bodies.append(message["Body"])
            client("sqs").delete_message(QueueUrl=queues.queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
