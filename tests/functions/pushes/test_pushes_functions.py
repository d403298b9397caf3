"""A push from its row to the customer's phone, by the very events that Lambda gets."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from chalicelib import runtime
from chalicelib.kernel import clock, ids
from chalicelib.members import service as members
from chalicelib.pushes import models as pushes_models
from chalicelib.pushes import service
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import pack_item
from chalicelib.runtime.events.queues import Event, queue_url, read_event
from chalicelib.segments import service as segments

TICK = {
    "version": "0",
    "id": "t1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


class Context:
    """What Lambda tells a function of itself."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test"
    aws_request_id = "r1"


def _sqs(*events: Event) -> dict[str, Any]:
    bodies = [msgspec.json.encode(event).decode() for event in events]
    return {
        "Records": [
            {"messageId": f"m{place}", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for place, body in enumerate(bodies)
        ]
    }


def _stream(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventID": secrets.token_hex(8),
                "dynamodb": {"SequenceNumber": str(place), "NewImage": pack_item(row)},
            }
            for place, row in enumerate(rows)
        ]
    }


def _told(queue: str, push_id: str) -> list[Event]:
    found: list[Event] = []
    while True:
        answer = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return [event for event in found if event.data.get("push_id") == push_id]
        for message in answer["Messages"]:
            client("sqs").delete_message(QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
            found.append(read_event(message["Body"]))


def _push(sandbox: Any, **other: Any) -> tuple[str, str]:
    now, channel_id = clock.now(), f"chn_{secrets.token_hex(8)}"
    openid = sandbox.customer()["openid"]
    member_id = members.recognise({"openid": openid}, channel_id=channel_id, origin="scan", now=now).member_id
    segments.refresh(member_id, now)
    rule = {"attribute": "channel_id", "op": "eq", "value": channel_id}
    segment = segments.create_segment(ids.new_id("segment", now), name="s", rule=rule, now=now)
    push_id = ids.new_id("push", now)
    asked = {
        "media": ["subscribe_message"],
        "purpose": "service",
        "content": {"title": "发货", "text": "已发货", "page": None},
        "ignore_quiet_hours": True,
    }
    service.create_push(push_id, segment_id=segment["sk"], asked=asked, send_at=other.get("send_at"), now=now)
    return push_id, openid


def test_a_push_goes_from_its_row_to_the_phone(stack: str, sandbox: Any) -> None:
    from functions.pushes_deliver import pushes_deliver
    from functions.pushes_plan import pushes_plan
    from functions.pushes_stream import pushes_stream

    push_id, openid = _push(sandbox)

    pushes_stream(_stream(service.get_push(push_id)), Context())
    planned = _told("pushes-plan", push_id)
    assert pushes_plan(_sqs(*planned), Context()) == {"batchItemFailures": []}
    page = runtime.dynamo.get(pushes_models.AudiencePage, f"PUSH#{push_id}", "PAGE#00001") or {}
    pushes_stream(_stream(page), Context())
    pages = _told("pushes-deliver", push_id)
    assert pushes_deliver(_sqs(*pages, *pages), Context()) == {"batchItemFailures": []}

    items = sandbox.control("GET", "messages")["items"]
    assert sum(item.get("openid") == openid for item in items) == 1
    assert service.get_push(push_id)["state"] == "done"
    assert service.counts_of(push_id).sent == 1


def test_a_page_that_another_worker_has_is_delivered_again(stack: str, sandbox: Any) -> None:
    from chalicelib.pushes.delivery import tables as delivery_tables
    from functions.pushes_deliver import pushes_deliver

    push_id, _ = _push(sandbox)
    service.plan(push_id, clock.now())
    delivery_tables.lease(push_id, "00001", "another", 1, clock.now(), clock.now() + 60_000)
    event = Event("e1", "push.page", clock.now(), {"push_id": push_id, "page_id": "00001"})

    assert pushes_deliver(_sqs(event), Context())["batchItemFailures"] == [{"itemIdentifier": "m0"}]


def test_a_paused_push_that_goes_on_gets_its_pages_again(stack: str, sandbox: Any) -> None:
    from functions.pushes_plan import pushes_plan

    push_id, _ = _push(sandbox)
    service.plan(push_id, clock.now())
    resumed = Event("e1", "push.planned", clock.now(), {"push_id": push_id, "resumed": True})

    pushes_plan(_sqs(resumed), Context())

    assert [event.data["page_id"] for event in _told("pushes-deliver", push_id)] == ["00001"]


def test_the_schedule_starts_what_is_due(stack: str, sandbox: Any) -> None:
    from functions.pushes_due import pushes_due

    push_id, _ = _push(sandbox, send_at=clock.now() + 1)

    pushes_due(TICK, Context())

    assert service.get_push(push_id)["state"] == "sending"
