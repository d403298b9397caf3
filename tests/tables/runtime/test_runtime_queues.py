"""Events on their way to SQS."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from chalicelib.runtime.aws import client
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.queues import Event

# What SQS takes, by its reference of SendMessage; it refuses a message with any other character.
TAKEN = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
ODD = "\ufffe\uffff\x00\x01\x0b\x1f\x7f\u0085\u2028\U0001fffe\U0010ffff"


@pytest.fixture(autouse=True)
def parking(stack: str) -> None:
    """The parking queue, empty."""
    client("sqs").create_queue(QueueName=f"{stack}-{queues.PARKING}")
    client("sqs").purge_queue(QueueUrl=queues.queue_url(queues.PARKING))


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


def test_a_call_that_fails_keeps_no_other_from_being_sent(queue: str, answering: Any) -> None:
    failure = {"__type": "com.amazonaws.sqs#ServiceUnavailable", "message": "injected"}

    with (
        answering("sqs", "SendMessageBatch", failure, status=400, times=1) as calls,
        pytest.raises(queues.SendFailed) as failed,
    ):
        queues.send(queue, (_event(place) for place in range(23)))

    assert len(calls) == 3
    assert {event.event_id for event in _received(queue)} == {f"e{place}" for place in range(10, 23)}
    assert "injected" in str(failed.value.__cause__)


def test_an_entry_that_no_try_can_send_is_parked_and_the_others_are_sent(queue: str, answering: Any) -> None:
    event = _event(1, text=f"红包{ODD}")

    with answering("sqs", "SendMessageBatch", _refusal("InvalidMessageContents", sender=True), status=200, times=1):
        queues.send(queue, [_event(0), event])

    (parked,) = _received(queues.PARKING)
    assert (parked.type, parked.event_id) == ("parked", "e1")
    assert queues.read_event(json.dumps(parked.data["event"])) == event
    assert (parked.data["queue"], parked.data["code"]) == (queue, "InvalidMessageContents")


@pytest.mark.parametrize("code", ["RequestThrottled", "OverLimit", "KmsThrottled", "KMS.AccessDeniedException"])
def test_a_refusal_that_passes_is_not_parked_though_it_is_called_the_senders_fault(
    queue: str, answering: Any, code: str
) -> None:
    with (
        answering("sqs", "SendMessageBatch", _refusal(code, sender=True), status=200, times=1),
        pytest.raises(queues.SendFailed),
    ):
        queues.send(queue, [_event(0), _event(1)])

    assert _received(queues.PARKING) == []


def test_what_can_not_be_parked_either_is_an_error(queue: str, answering: Any) -> None:
    refusal = {"Failed": [{"Id": "0", "SenderFault": True, "Code": "InvalidMessageContents"}]}

    with (
        answering("sqs", "SendMessageBatch", refusal, status=200, times=2) as calls,
        pytest.raises(queues.SendFailed, match="stream-parking"),
    ):
        queues.send(queue, [_event(0)])

    assert len(calls) == 2


def test_an_event_above_256_kilobytes_is_refused_by_name_after_the_others_are_sent(queue: str) -> None:
    with pytest.raises(queues.EventTooLarge, match="e1 "):
        queues.send(queue, [_event(0), _event(1, text="x" * 262_144), _event(2)])

    assert [event.event_id for event in _received(queue)] == ["e0", "e2"]


def test_an_event_that_is_no_text_is_refused_by_name_after_the_others_are_sent(queue: str) -> None:
    with pytest.raises(queues.SendFailed, match="e1 "):
        queues.send(queue, [_event(0), _event(1, text="\ud800"), _event(2)])

    assert [event.event_id for event in _received(queue)] == ["e0", "e2"]


def test_what_counts_are_the_bytes_after_escaping(queue: str) -> None:
    frame = len(queues.body_of(_event(0, text="")).encode())
    # Three bytes of UTF-8, six characters of an escape.
    fits, too_many = "\uffff" * ((262_144 - frame) // 6), "\uffff" * ((262_144 - frame) // 6 + 1)

    queues.send(queue, [_event(0, text=fits)])
    with pytest.raises(queues.EventTooLarge):
        queues.send(queue, [_event(0, text=too_many)])

    assert [event.data["text"] for event in _received(queue)] == [fits]


@given(
    st.recursive(
        st.text(st.characters(codec="utf-8") | st.sampled_from(ODD)), lambda one: st.dictionaries(st.text(ODD), one)
    )
)
def test_sqs_takes_every_body_and_every_text_is_read_back(anything: Any) -> None:
    event = _event(0, anything=anything)

    body = queues.body_of(event)

    assert TAKEN.fullmatch(body)
    assert queues.read_event(body) == event


def test_text_that_sqs_refuses_goes_through_the_engine(queue: str) -> None:
    event = _event(0, text=ODD, **{ODD: ["\ufffe", {"\uffff": None}]})

    queues.send(queue, [event])

    answer = client("sqs").receive_message(QueueUrl=queues.queue_url(queue))
    body = answer["Messages"][0]["Body"]
    assert TAKEN.fullmatch(body)
    assert queues.read_event(body) == event


def test_a_queue_that_fails_keeps_no_other_from_its_events(queue: str) -> None:
    with pytest.raises(queues.SendFailed) as failed:
        queues.send_to_each({f"{queue}-missing": [_event(0)], queue: [_event(1)], f"{queue}-gone": [_event(2)]})

    assert [event.event_id for event in _received(queue)] == ["e1"]
    assert "missing" in str(failed.value)
    assert "gone" in str(failed.value)


def test_an_event_is_read_as_it_was_sent(queue: str) -> None:
    event = _event(7, text="红包", nested={"a": [1, None, True]})

    queues.send(queue, [event])

    assert _received(queue) == [event]


def _refusal(code: str, *, sender: bool) -> dict[str, Any]:
    return {
        "Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": ""}],
        "Failed": [{"Id": "1", "SenderFault": sender, "Code": code, "Message": "injected"}],
    }


def _event(place: int, **data: Any) -> Event:
    return Event(f"e{place}", "thing.happened", 1_800_000_000_000, data)


def _received(queue: str) -> list[Event]:
    found: list[Event] = []
    while True:
        answer = client("sqs").receive_message(QueueUrl=queues.queue_url(queue), MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        found += [queues.read_event(message["Body"]) for message in answer["Messages"]]
