"""Events on their way to SQS."""

from __future__ import annotations

from typing import Any

import pytest
from ulid import ULID

from chalicelib.runtime.aws import client
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event


@pytest.fixture
def queue(stack: str) -> str:
    """A queue of this test's own."""
    name = f"test-{ULID()}"
    client("sqs").create_queue(QueueName=f"{stack}-{name}")
    return name


def test_events_go_ten_a_call_and_all_arrive(queue: str, answering: Any) -> None:
    with answering("sqs", "SendMessageBatch", {}, status=200, times=0) as calls:
        queues.send(queue, (_event(place) for place in range(23)))

    assert len(calls) == 3
    assert {event.event_id for event in _received(queue)} == {f"e{place}" for place in range(23)}


def test_large_events_go_in_calls_below_the_limit(queue: str, answering: Any) -> None:
    with answering("sqs", "SendMessageBatch", {}, status=200, times=0) as calls:
        queues.send(queue, [_event(place, text="龙" * 30_000) for place in range(5)])

    assert len(calls) == 3
    assert len(_received(queue)) == 5


def test_nothing_to_send_is_no_call(queue: str, answering: Any) -> None:
    with answering("sqs", "SendMessageBatch", {}, status=200, times=0) as calls:
        queues.send(queue, [])

    assert not calls


def test_an_entry_that_sqs_refuses_is_an_error(queue: str, answering: Any) -> None:
    partly = {
        "Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": ""}],
        "Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}],
    }

    with (
        answering("sqs", "SendMessageBatch", partly, status=200, times=1),
        pytest.raises(queues.SendFailed, match="1 of 2 entries refused"),
    ):
        queues.send(queue, [_event(0), _event(1)])


def test_an_event_is_read_as_it_was_sent(queue: str) -> None:
    event = _event(7, text="红包", nested={"a": [1, None, True]})

    queues.send(queue, [event])

    assert _received(queue) == [event]


def _event(place: int, **data: Any) -> Event:
    return Event(f"e{place}", "thing.happened", 1_800_000_000_000, data)


def _received(queue: str) -> list[Event]:
    found: list[Event] = []
    while True:
        answer = client("sqs").receive_message(QueueUrl=queues.queue_url(queue), MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        found += [queues.read_event(message["Body"]) for message in answer["Messages"]]
