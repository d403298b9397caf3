"""What other areas tell is seen in a member's timeline, once, and never of somebody who is gone."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel import clock
from chalicelib.members.timeline import handlers as timeline_handlers
from chalicelib.runtime.events.queues import Event

_numbers = count()


def told(kind: str, member_id: str | None, at: int) -> Event:
    facts = {
        "member_id": member_id,
        "shop_id": "shp_1",
        "order_id": "A-1",
        "cause": "rf_1",
        "paid_at": at - 600_000,
        "amount_fen": 12_900,
        "channel_id": "chn_1",
        "campaign_id": "cmp_1",
        "participant_id": "ptc_1",
        "packet_id": "pkt_1",
    }
    return Event(f"e{next(_numbers)}", kind, at, facts)


def deliver(*events: Event) -> None:
    from functions.members_timeline import members_timeline

    records = [
        {
            "messageId": str(place),
            "receiptHandle": "r",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:members-timeline",
            "attributes": {},
            "messageAttributes": {},
            "body": json.dumps({"event_id": e.event_id, "type": e.type, "at": e.at, "data": e.data}),
        }
        for place, e in enumerate(events)
    ]
    assert members_timeline({"Records": records}, None)["batchItemFailures"] == []


@pytest.fixture
def member_id(stack: str) -> str:
    from chalicelib.members import service

    now = clock.now() - 3_600_000
    openid = f"o-timeline-{next(_numbers)}-{now}"
    return service.recognise({"openid": openid}, channel_id=None, origin="test", now=now).member_id


def test_orders_and_campaigns_are_seen_once_newest_first(member_id: str) -> None:
    from chalicelib.members import service

    now = clock.now()
    events = [
        told("participant.joined", member_id, now - 4_000),
        told("packet.drawn", member_id, now - 3_000),
        told("order.frozen", member_id, now - 2_000),
        told("order.refunded", member_id, now - 1_000),
    ]

    deliver(*events)
    deliver(*events)

    rows = service.newest_of_timeline(service.current(member_id), 20)
    kinds = [row["kind"] for row in rows]
    assert kinds == ["order_refunded", "packet_drawn", "campaign_joined", "order_placed", "joined"]
    order: dict[str, Any] = rows[3]
    assert (order["at"], order["facts"]["amount_fen"]) == (now - 602_000, 12_900)


def test_somebody_whom_nobody_knows_gets_no_row(stack: str) -> None:
    from chalicelib.members.timeline import tables as timeline_tables

    deliver(told("order.frozen", "mbr_gone", clock.now()), told("order.frozen", None, clock.now()))

    assert timeline_tables.newest_entries("mbr_gone", 10) == []


def test_other_events_mean_nothing_here() -> None:
    assert timeline_handlers.entry_of(told("push.page", "mbr_1", 1)) is None
