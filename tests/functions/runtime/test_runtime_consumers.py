"""Event functions as Lambda calls them: what fails alone, what is parked, what is raised."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.kernel import clock
from chalicelib.runtime.aws import client
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Change, Functions, change_of, logical_name
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)
handled: list[Event] = []
told: list[Event] = []
ran: list[int] = []


class Poison(RuntimeError):
    """An event that no try can handle."""


@bp.queue_consumer("runtime-work", concurrency=2)
def runtime_work(event: Event) -> None:
    """Handle all but poison."""
    if event.data.get("poison"):
        raise Poison
    handled.append(event)


@bp.stream_consumer("runtime", routes={"row.written": ("runtime-told", "runtime-too"), "row.lost": ("no-such-queue",)})
def runtime_stream(change: Change) -> Iterable[Event]:
    """Tell of rows that have a kind."""
    yield Event(change.event_id, str(change.new["kind"]), change.at, {"n": change.new["n"], "raw": change.new["raw"]})


@bp.scheduled("runtime-job", "rate(5 minutes)")
def runtime_job(now: int) -> None:
    """Remember when it ran."""
    ran.append(now)


@pytest.fixture(autouse=True)
def own_queues(stack: str) -> None:
    """The queues of these functions, empty."""
    for queue in ("runtime-told", "runtime-too", "stream-parking"):
        client("sqs").create_queue(QueueName=f"{stack}-{queue}")
        client("sqs").purge_queue(QueueUrl=queues.queue_url(queue))
    handled.clear()
    ran.clear()


def test_a_poison_event_alone_is_delivered_again() -> None:
    bodies = [_body("e1"), _body("e2", poison=True), "not an event", _body("e3"), '{"event_id": "e4"}']

    answer = runtime_work(_sqs(bodies), None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m{place}"} for place in (1, 2, 4)]}
    assert [event.event_id for event in handled] == ["e1", "e3"]


def test_a_batch_that_fails_as_a_whole_names_every_record() -> None:
    answer = runtime_work(_sqs([_body("e1", poison=True), _body("e2", poison=True)]), None)

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["m0", "m1"]


def test_a_batch_without_failures_names_none() -> None:
    assert runtime_work(_sqs([_body("e1")]), None) == {"batchItemFailures": []}


def test_a_change_is_told_to_every_queue_that_asked() -> None:
    runtime_stream(_stream([_record("1"), _record("2"), _record("3", kind="row.ignored")]), None)

    for queue in ("runtime-told", "runtime-too"):
        events = [queues.read_event(body) for body in _received(queue)]
        assert [(event.event_id, event.type, event.data["n"]) for event in events] == [
            ("1", "row.written", 10**37),
            ("2", "row.written", 10**37),
        ]
        assert events[0].at == 1_800_000_000_000
        assert events[0].data["raw"] == b64encode(b"\x00\xff").decode()


def test_a_record_that_can_not_be_read_is_parked_whole_and_the_rest_is_told() -> None:
    broken = _record("2")
    del broken["dynamodb"]["NewImage"]["kind"]

    runtime_stream(_stream([_record("1"), broken, {"eventID": "3"}, _record("4")]), None)

    assert [queues.read_event(body).event_id for body in _received("runtime-told")] == ["1", "4"]
    parked = [queues.read_event(body) for body in _received("stream-parking")]
    assert [event.data["record"] for event in parked] == [broken, {"eventID": "3"}]


def test_a_queue_that_refuses_makes_the_stream_function_raise() -> None:
    with pytest.raises((ClientError, queues.SendFailed)):
        runtime_stream(_stream([_record("1", kind="row.lost")]), None)


def test_a_queue_that_refuses_keeps_no_other_from_its_events() -> None:
    broken = {"eventID": "3"}

    with pytest.raises(queues.SendFailed):
        runtime_stream(_stream([_record("1", kind="row.lost"), _record("2"), broken]), None)

    for queue in ("runtime-told", "runtime-too"):
        assert [queues.read_event(body).event_id for body in _received(queue)] == ["2"]
    assert [queues.read_event(body).event_id for body in _received("stream-parking")] == ["3"]


def test_a_parking_queue_that_refuses_keeps_no_other_from_its_events(stack: str) -> None:
    client("sqs").delete_queue(QueueUrl=queues.queue_url("stream-parking"))

    with pytest.raises(queues.SendFailed):
        runtime_stream(_stream([{"eventID": "1"}, _record("2")]), None)
    client("sqs").create_queue(QueueName=f"{stack}-stream-parking")

    assert [queues.read_event(body).event_id for body in _received("runtime-told")] == ["2"]


def test_a_stream_function_never_answers_partially() -> None:
    assert runtime_stream(_stream([_record("1")]), None) is None


def test_images_that_are_not_there_are_empty() -> None:
    removed = change_of({"eventID": "r", "dynamodb": {"OldImage": {"pk": {"S": "a"}}, "SequenceNumber": "7" * 25}})

    assert (removed.old, removed.new) == ({"pk": "a"}, {})
    assert removed.sequence == "0" * 15 + "7" * 25


def test_sequences_sort_as_numbers() -> None:
    low, high = (
        change_of({"eventID": "x", "dynamodb": {"SequenceNumber": number}}).sequence for number in ("9" * 21, "1" * 22)
    )

    assert low < high


def test_a_job_gets_the_time() -> None:
    before = clock.now()

    runtime_job(
        {
            "version": "0",
            "account": "0",
            "region": "us-east-1",
            "detail": {},
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "time": "2026-01-01T00:00:00Z",
            "id": "1",
            "resources": [],
        },
        None,
    )

    (at,) = ran
    assert before <= at <= clock.now()


def test_functions_are_named_as_chalice_names_their_resources() -> None:
    assert logical_name("payouts-send") == "PayoutsSend"


def _body(event_id: str, **data: Any) -> str:
    return json.dumps({"event_id": event_id, "type": "t", "at": 1, "data": data})


def _sqs(bodies: list[str]) -> dict[str, Any]:
    arn = "arn:aws:sqs:us-east-1:000000000000:runtime-work"
    return {
        "Records": [
            {"messageId": f"m{place}", "body": body, "eventSource": "aws:sqs", "eventSourceARN": arn, "attributes": {}}
            for place, body in enumerate(bodies)
        ]
    }


def _record(event_id: str, kind: str = "row.written") -> dict[str, Any]:
    image = {
        "pk": {"S": "a"},
        "kind": {"S": kind},
        "n": {"N": str(10**37)},
        "raw": {"B": b64encode(b"\x00\xff").decode()},
    }
    facts = {"NewImage": image, "SequenceNumber": "1" * 21, "ApproximateCreationDateTime": 1_800_000_000}
    return {"eventID": event_id, "eventName": "INSERT", "dynamodb": facts}


def _stream(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Records": records}


def _received(queue: str) -> list[str]:
    answer = client("sqs").receive_message(QueueUrl=queues.queue_url(queue), MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]
