"""Planning, pausing, scheduling and counting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib import runtime
from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY, HOUR, MINUTE
from chalicelib.kernel.errors import SiyuError
from chalicelib.pushes import audience as pushes_audience
from chalicelib.pushes import models as pushes_models
from chalicelib.pushes import service
from chalicelib.pushes import tables as pushes_tables
from chalicelib.pushes.delivery import tables as delivery_tables

NOON = 1_768_449_600_000  # 2026-01-15 12:00 in China


def _state(push_id: str) -> str:
    return str(service.get_push(push_id)["state"])


def test_a_push_to_nobody_is_done_at_once(audience: Any, send: Any) -> None:
    push_id = audience.push()

    assert send(push_id).audience == 0
    assert _state(push_id) == "done"


def test_planners_at_the_same_time_make_the_same_pages(audience: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = {audience.join()[0] for _ in range(7)}
    monkeypatch.setattr(pushes_audience, "RECIPIENTS", 2)
    push_id = audience.push()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: service.plan(push_id, NOON), range(4)))

    run = pushes_tables.get_run(push_id)
    pages = [delivery_tables.get_page(push_id, f"{number:05d}") for number in range(1, run["n"] + 1)]
    planned = [member for page in pages if page for member in pushes_audience.unpack_members(page["m"])]
    assert len(planned) == len(set(planned)) == run["a"] == 7
    assert set(planned) == joined


def test_who_joins_after_the_planning_is_not_in_it(audience: Any, send: Any) -> None:
    audience.join()
    push_id = audience.push()
    service.plan(push_id, NOON)
    _, late = audience.join()

    assert send(push_id).audience == 1
    assert audience.messages(late) == 0


def test_pages_may_end_in_any_order_and_are_counted_once(
    audience: Any, courier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        audience.join()
    monkeypatch.setattr(pushes_audience, "RECIPIENTS", 2)
    push_id = audience.push()
    service.plan(push_id, NOON)

    for page_id in ("00003", "00003", "00001", "00002", "00001"):
        service.deliver(push_id, page_id, courier())

    assert service.counts_of(push_id).sent == 5
    assert pushes_tables.get_run(push_id)["zs"] == 5
    assert _state(push_id) == "done"


def test_a_paused_push_sends_nothing_until_it_goes_on(audience: Any, courier: Any, send: Any) -> None:
    _, openid = audience.join()
    push_id = audience.push()
    service.plan(push_id, NOON)

    service.pause(push_id)
    assert service.deliver(push_id, "00001", courier()) is None
    assert audience.messages(openid) == 0
    service.resume(push_id, NOON)

    assert send(push_id).sent == 1
    assert _state(push_id) == "done"


def test_a_cancelled_push_can_not_come_back(audience: Any, send: Any) -> None:
    _, openid = audience.join()
    push_id = audience.push()
    service.cancel(push_id)
    service.cancel(push_id)

    with pytest.raises(SiyuError, match="cancelled"):
        service.resume(push_id, NOON)
    assert send(push_id).sent == 0
    assert audience.messages(openid) == 0


def test_a_push_that_is_over_can_not_be_paused(audience: Any, send: Any) -> None:
    push_id = audience.push()
    send(push_id)

    with pytest.raises(SiyuError) as refused:
        service.pause(push_id)
    assert refused.value.code == "conflict"


def test_a_scheduled_push_starts_when_it_is_due(audience: Any, send: Any) -> None:
    audience.join()
    push_id = audience.push(send_at=NOON + HOUR)

    service.start_due(NOON + HOUR - 1)
    assert _state(push_id) == "scheduled"
    service.start_due(NOON + HOUR)

    assert _state(push_id) == "sending"
    assert send(push_id, NOON + HOUR).sent == 1


def test_a_time_that_has_passed_means_now(audience: Any) -> None:
    assert _state(audience.push(send_at=NOON - DAY)) == "sending"


def test_a_push_that_was_paused_over_its_time_starts_when_it_goes_on(audience: Any) -> None:
    push_id = audience.push(send_at=NOON + HOUR)
    service.pause(push_id)
    service.start_due(NOON + 2 * HOUR)
    assert _state(push_id) == "paused"

    assert service.resume(push_id, NOON + 2 * HOUR)["state"] == "sending"


def test_what_is_over_leaves_the_schedule(audience: Any, send: Any) -> None:
    push_id = audience.push()
    send(push_id)

    service.start_due(NOON)

    listed = {row["sk"] for row in runtime.dynamo.every(pushes_models.Open, "OPEN")}
    assert not any(push_id in name for name in listed)


def test_a_stalled_push_is_woken(audience: Any, courier: Any) -> None:
    audience.join()
    push_id = audience.push()
    service.plan(push_id, NOON)  # and the page's event was lost

    service.start_due(NOON + 16 * MINUTE)

    assert push_id in _woken()


def test_one_dedupe_key_is_one_push(audience: Any) -> None:
    push_id = ids.derived_id("push", audience.channel_id)
    asked = {"media": ["subscribe_message"], "purpose": "service", "content": {"title": "a", "text": "b", "page": None}}
    wanted = {**asked, "ignore_quiet_hours": False}

    first = service.create_push(push_id, segment_id=audience.segment_id, asked=wanted, send_at=None, now=NOON)
    second = service.create_push(push_id, segment_id=audience.segment_id, asked=wanted, send_at=None, now=NOON + 1)

    assert first == second
    other = {**wanted, "purpose": "marketing"}
    with pytest.raises(SiyuError) as refused:
        service.create_push(push_id, segment_id=audience.segment_id, asked=other, send_at=None, now=NOON)
    assert refused.value.code == "idempotency_conflict"


def test_a_push_to_an_unknown_segment_is_refused(audience: Any) -> None:
    with pytest.raises(SiyuError) as refused:
        audience._replace(segment_id="seg_nobody").push()
    assert refused.value.code == "not_found"


def _woken() -> set[str]:
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url, read_event

    found: set[str] = set()
    while True:
        answer = client("sqs").receive_message(QueueUrl=queue_url("pushes-plan"), MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        found |= {read_event(message["Body"]).data["push_id"] for message in messages}
        if not messages:
            return found
