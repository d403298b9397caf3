"""The event functions of campaigns and payouts, driven by the tables' real streams and the real queues."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns import validation
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import DAY
from chalicelib.members import service as members
from chalicelib.runtime.aws import client
from chalicelib.runtime.events.queues import queue_url

STREAMS = {"campaigns": "campaigns_stream", "payouts": "payouts_stream"}
QUEUES = ("campaigns-tree", "campaigns-packets", "campaigns-settled", "payouts-send", "payouts-notified")


class Pump:
    """Moves stream records and messages to the functions until nothing is left; `times` as often each."""

    def __init__(self, stack: str) -> None:
        self.failures: list[str] = []
        self._iterators = {area: _latest(stack, area) for area in STREAMS}
        for queue in QUEUES:
            _receive(queue, delete=True)

    def run(self, times: int = 1) -> None:
        """Deliver everything `times` times."""
        idle = 0
        while idle < 2:
            moved = sum(self._stream(area, times) for area in STREAMS) + sum(
                self._queue(name, times) for name in QUEUES
            )
            idle = 0 if moved else idle + 1

    def _stream(self, area: str, times: int) -> int:
        answer = client("dynamodbstreams").get_records(ShardIterator=self._iterators[area], Limit=100)
        self._iterators[area] = answer["NextShardIterator"]
        if answer["Records"]:
            event = {"Records": [_record(found) for found in answer["Records"]]}
            for _ in range(times):
                _function(STREAMS[area])(event, None)
        return len(answer["Records"])

    def _queue(self, name: str, times: int) -> int:
        messages = _receive(name, delete=False)
        for message in messages:
            event = {"Records": [_message(message)]}
            answers = [_function(name.replace("-", "_"))(event, None) for _ in range(times)]
            if answers[-1]["batchItemFailures"]:
                self.failures.append(name)
            client("sqs").delete_message(QueueUrl=queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        return len(messages)


def _function(name: str) -> Any:
    return getattr(importlib.import_module(f"functions.{name}"), name)


def _latest(stack: str, area: str) -> str:
    arn = client("dynamodb").describe_table(TableName=f"{stack}-{area}")["Table"]["LatestStreamArn"]
    streams = client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][-1]["ShardId"]
    kind = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
    return str(streams.get_shard_iterator(**kind)["ShardIterator"])


def _record(found: Any) -> dict[str, Any]:
    body = {**found["dynamodb"], "ApproximateCreationDateTime": clock.now() // 1000}
    return {"eventID": found["eventID"], "eventName": found["eventName"], "dynamodb": body}


def _message(message: Any) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def _receive(queue: str, *, delete: bool) -> list[Any]:
    found: list[Any] = []
    while True:
        answer = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10)
        found += answer.get("Messages", [])
        if not answer.get("Messages"):
            break
    for message in found if delete else []:
        client("sqs").delete_message(QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture
def pump(stack: str) -> Pump:
    return Pump(stack)


@pytest.fixture
def wechat_pay(sandbox: Any) -> Iterator[Callable[..., Any]]:
    """The sandbox's controls; faults are cleared afterwards."""
    yield sandbox.control
    sandbox.control("DELETE", "faults")


@pytest.fixture
def member_with_wallet(stack: str, sandbox: Any) -> Callable[[], str]:
    """A new member whom the sandbox knows."""

    def make() -> str:
        openid = sandbox.customer()["openid"]
        return members.recognise({"openid": openid}, channel_id=None, origin="mini_program", now=clock.now()).member_id

    return make


@pytest.fixture
def make_campaign(stack: str) -> Callable[..., Campaign]:
    """A running campaign whose pot has equal shares of one yuan."""

    def make(shares: int = 3, **given: Any) -> Campaign:
        now = clock.now()
        pot = validation.pot_of(
            total_fen=shares * 100,
            shares=shares,
            split="lucky",
            min_fen=None,
            amount_fen=None,
            payer_range=(10, 20_000),
            most_fen=None,
            seed=secrets.token_bytes(16),
        )
        asked: dict[str, Any] = {
            "name": "春茶节红包",
            "starts_at": now - DAY,
            "ends_at": now + DAY,
            "pot": pot,
            "reward_for": ("invitee",),
            "tiers": (),
            "max_draws_per_member": 1,
            "max_fen_per_member_per_day": None,
            "act": "join",
            "waiting_hours": 0,
            "risk": {},
        }
        campaign_id = ids.new_id("campaign", now)
        campaigns.create_campaign(campaign_id, Spec(**{**asked, **given}), now)
        return campaigns.step_campaign(campaign_id, "publish", now)

    return make
