"""Brings stream records and queued events to siyu's functions as Lambda does, and again whatever failed."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.injector import Died, Injector
from tests.support import STACK

MOST_DELIVERIES = 8
MOST_ROUNDS = 200

Handler = Callable[[dict[str, Any]], Any]


class Stuck(AssertionError):
    """A delivery fails for ever, or events beget events without an end."""


class Pump:
    """The event sources of some areas' tables and of some queues; events on other queues are dropped."""

    def __init__(self, injector: Injector, areas: Iterable[str], queues: Iterable[str]) -> None:
        import boto3

        self.injector = injector
        # Clients of its own: its calls are the platform's, they never break.
        self.sqs, self.streams = boto3.client("sqs"), boto3.client("dynamodbstreams")
        dynamodb = boto3.client("dynamodb")
        self.handlers = {queue: _function(queue) for queue in queues}
        self.urls = {queue: self.sqs.get_queue_url(QueueName=f"{STACK}-{queue}")["QueueUrl"] for queue in queues}
        self.readers = {area: _function(f"{area}-stream") for area in areas}
        self.places = {
            area: self._latest(dynamodb.describe_table(TableName=f"{STACK}-{area}")["Table"]["LatestStreamArn"])
            for area in areas
        }
        self.delivered: list[tuple[Handler, dict[str, Any]]] = []

    def drain(self) -> None:
        """Deliver until nothing is left."""
        for _ in range(MOST_ROUNDS):
            moved = [self._read(area) for area in self.readers] + [self._receive(queue) for queue in self.handlers]
            if not any(moved):
                return
        raise Stuck("events beget events without an end")

    def deliver_all_again(self) -> None:
        """Everything that was delivered since `forget`, once more and the last first, as late repeats may come."""
        for handler, event in reversed(self.delivered[:]):
            self._call(handler, event)
        self.drain()

    def forget(self) -> None:
        """A new run begins."""
        self.delivered.clear()

    def _latest(self, arn: str) -> str:
        shard = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        found = self.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")
        return str(found["ShardIterator"])

    def _read(self, area: str) -> bool:
        answer = self.streams.get_records(ShardIterator=self.places[area])
        if not answer["Records"]:
            return False
        event = {"Records": [_as_lambda_has_it(record) for record in answer["Records"]]}
        for _ in range(MOST_DELIVERIES):
            if self._call(self.readers[area], event) is not None:
                self.places[area] = answer["NextShardIterator"]
                self.delivered.append((self.readers[area], event))
                return True
        raise Stuck(f"a batch of {area}-stream fails for ever")

    def _receive(self, queue: str) -> bool:
        url = self.urls[queue]
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        messages = found.get("Messages", [])
        for message in messages:
            self._deliver(queue, url, message)
        return bool(messages)

    def _deliver(self, queue: str, url: str, message: dict[str, Any]) -> None:
        """One message until it is taken, then deleted. Tried again at once: time is not what is tested here."""
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{STACK}-{queue}",
        }
        for _ in range(MOST_DELIVERIES):
            answer = self._call(self.handlers[queue], {"Records": [record]})
            if answer is not None and not answer.get("batchItemFailures"):
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                self.delivered.append((self.handlers[queue], {"Records": [record]}))
                return
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        raise Stuck(f"an event of {queue} fails for ever: {message['Body'][:300]}")

    def _call(self, handler: Handler, event: dict[str, Any]) -> dict[str, Any] | None:
        """What the function answers, `{}` for nothing; None when it failed or died."""
        try:
            with self.injector.armed():
                return handler(event) or {}
        except (Exception, Died):
            return None


def _function(name: str) -> Handler:
    module = name.replace("-", "_")
    handler = getattr(importlib.import_module(f"functions.{module}"), module)
    return lambda event: handler(event, None)


def _as_lambda_has_it(record: dict[str, Any]) -> dict[str, Any]:
    body = dict(record["dynamodb"])
    at = body.get("ApproximateCreationDateTime")
    body["ApproximateCreationDateTime"] = at.timestamp() if at else time.time()
    return {**record, "dynamodb": body}
