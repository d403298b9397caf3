"""Guides whom WeCom knows, customers who add them, and queues worked off as Lambda does."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel import clock

_numbers = count()


def records(bodies: list[str]) -> dict[str, Any]:
    """Messages as Lambda hands them over."""
    return {
        "Records": [
            {
                "messageId": str(place),
                "receiptHandle": "r",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue",
                "attributes": {},
                "messageAttributes": {},
                "body": body,
            }
            for place, body in enumerate(bodies)
        ]
    }


def work_off(queue: str, *, rounds: int = 50) -> int:
    """Hand what waits on a queue to its function until it is empty; how many messages there were."""
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url

    name = queue.replace("-", "_")
    handler = getattr(importlib.import_module(f"functions.{name}"), name)
    done = 0
    for _ in range(rounds):
        found = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10).get("Messages", [])
        if not found:
            return done
        assert handler(records([message["Body"] for message in found]), None)["batchItemFailures"] == []
        for message in found:
            client("sqs").delete_message(QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
        done += len(found)
    raise AssertionError(f"{queue} does not come to an end")


def take_callback(**fields: str) -> None:
    """One callback, given to its function."""
    from functions.guides_contacts import guides_contacts

    digest = f"digest{next(_numbers)}"
    event = {"event_id": digest, "type": "wecom.callback", "at": 1, "data": {"fields": fields, "digest": digest}}
    assert guides_contacts(records([json.dumps(event)]), None)["batchItemFailures"] == []


def show_in_rosters(member_id: str) -> None:
    """What the stream and its consumer do with a member's bindings."""
    from chalicelib.guides import events
    from chalicelib.guides import models as guide_models
    from chalicelib.guides.rosters import handlers as roster_handlers
    from chalicelib.runtime import dynamo
    from chalicelib.runtime.events.functions import Change

    for row in dynamo.every(guide_models.BindingRow, f"BIND#{member_id}"):
        for event in events.events_of(Change("e", {}, row, "1", 1)):
            roster_handlers.follow(event)


@pytest.fixture
def new_guide(stack: str, sandbox: Any) -> Callable[..., dict[str, Any]]:
    """Makes a guide whom WeCom knows."""

    def make(**more: Any) -> dict[str, Any]:
        from chalicelib.guides import service as guides
        from chalicelib.kernel import ids

        now = clock.now()
        userid, guide_id = f"staff{next(_numbers)}", ids.new_id("guide", now)
        sandbox.control("POST", "staff", {"userid": userid, "name": "G"})
        return guides.create_guide(guide_id, **{"name": "G", "userid": userid, "store_id": None, "now": now, **more})

    return make


@pytest.fixture
def new_contact(sandbox: Any) -> Callable[..., str]:
    """Makes a customer who added a guide; the member's id."""

    def make(guide: dict[str, Any], customer: dict[str, str] | None = None, **more: Any) -> str:
        from chalicelib.members import service as members

        customer = customer or sandbox.customer()
        pair = {"external_userid": customer["external_userid"], "userid": guide["userid"], "callback": False}
        sandbox.control("POST", "add-contact", {**pair, **more})
        take_callback(
            Event="change_external_contact",
            ChangeType="add_external_contact",
            UserID=guide["userid"],
            ExternalUserID=customer["external_userid"],
            CreateTime=str(clock.now() // 1000),
            State=more.get("state", ""),
        )
        member_id = members.member_of("external_userid", customer["external_userid"])
        assert member_id
        show_in_rosters(member_id)
        return member_id

    return make
