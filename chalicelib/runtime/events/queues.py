"""SQS: events on their way to the consumers, each consumer with its own queue, named after its function.

Nobody else sends messages. SQS takes no message with a character outside XML's, nor one above 256 KB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.aws import client
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.settings import settings

PARKING: Final = "stream-parking"
"""Queue of what cannot be delivered or read, however often it is tried: it waits there, whole, with an alarm."""
BATCH_ENTRIES: Final = 10
BATCH_BYTES: Final = 250_000
MOST_BYTES: Final = 262_144
# All but #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SQS, SendMessage).
# Compiled when the first message is sent: so large a set takes two milliseconds of every cold start.
_REFUSED: Final = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
# SQS calls these the sender's fault too, but the same message is taken later.
_PASSING: Final = re.compile("Throttl|OverLimit|Kms|KMS|AccessDenied")


class Event(msgspec.Struct, frozen=True):
    """Something that happened, told once to each consumer that asked for its type, possibly more than once.

    `event_id` is the same at every delivery: consumers derive their idempotency from it or, better,
    from the keys of the fact itself.
    """

    event_id: str
    type: str
    at: Millis
    data: dict[str, Any]


class SendFailed(RuntimeError):
    """SQS did not take everything: the caller must not take the work as handed over."""


class EventTooLarge(SendFailed):
    """An event that no queue takes: above 256 KB once it is written down."""


def send(queue: str, events: Iterable[Event], *, delay_seconds: int = 0) -> None:
    """Put events on the queue of the function `queue`, ten a call. See `send_to_each` for what fails."""
    _Sending(delay_seconds).finish({queue: events})


def send_to_each(events: Mapping[str, Iterable[Event]]) -> None:
    """Put events on several queues, ten a call: one that fails keeps no other from its events.

    Everything is tried first. Then an event that SQS refuses as the sender's fault, which no repeat would mend, is
    parked, and `SendFailed` is raised if anything else was not taken, `EventTooLarge` if it was that alone. What was
    taken may be sent again: consumers meet every event more than once.
    """
    _Sending(0).finish(events)


def body_of(event: Event) -> str:
    """The message of an event: JSON in which what SQS refuses stands as an escape.

    `EventTooLarge` above 256 KB, `SendFailed` for half of a surrogate pair, which no reader would take either.
    """
    try:
        text = msgspec.json.encode(event).decode()
    except UnicodeEncodeError as error:
        raise SendFailed(f"The event {event.event_id} of type {event.type} holds half of a surrogate pair") from error
    # msgspec escapes control characters, yet not U+FFFE and U+FFFF. Outside of texts JSON has none of these.
    body = re.sub(_REFUSED, lambda refused: f"\\u{ord(refused[0]):04x}", text)
    size = len(body.encode())
    if size > MOST_BYTES:
        raise EventTooLarge(f"The event {event.event_id} of type {event.type} has {size} bytes, {MOST_BYTES} at most")
    return body


def queue_url(queue: str) -> str:
    """The URL of a function's queue, without asking SQS for it."""
    return f"{settings().queue_url_base}{queue}"


def read_event(body: str) -> Event:
    """The event in a message; msgspec's error for anything else, which sends the message to the DLQ."""
    return msgspec.json.decode(body, type=Event)


class _Entry(NamedTuple):
    event: Event
    body: str


class _Sending:
    """What became of the events of one `send` so far."""

    def __init__(self, delay_seconds: int) -> None:
        self._delay_seconds = delay_seconds
        self._to_park: list[Event] = []
        self._failures: list[SendFailed] = []

    def finish(self, events: Mapping[str, Iterable[Event]]) -> None:
        """Try everything, park what no repeat would mend, then raise for what was not taken."""
        for queue, told in events.items():
            self._fill(queue, told)
        self._delay_seconds = 0
        self._fill(PARKING, self._to_park)
        if len(self._failures) == 1:
            raise self._failures[0]
        if self._failures:
            raise SendFailed("; ".join(map(str, self._failures))) from self._failures[0]

    def _fill(self, queue: str, events: Iterable[Event]) -> None:
        for chunk in _chunks(self._entries(events)):
            failed = self._call(queue, chunk)
            passing = [one for one in failed if queue == PARKING or not _is_final(one)]
            if passing:
                codes = sorted({str(one.get("Code")) for one in passing})
                what = f"{len(passing)} of {len(chunk)} entries refused by {queue}: {', '.join(codes)}"
                self._failures.append(SendFailed(what))
            for one in failed:
                if queue != PARKING and _is_final(one):
                    self._park(queue, chunk[int(one["Id"])].event, one["Code"])

    def _entries(self, events: Iterable[Event]) -> Iterator[_Entry]:
        for event in events:
            try:
                yield _Entry(event, body_of(event))
            except SendFailed as error:
                self._failures.append(error)

    def _call(self, queue: str, chunk: list[_Entry]) -> list[dict[str, Any]]:
        """The entries that SQS did not take."""
        from botocore.exceptions import BotoCoreError, ClientError

        entries = [
            {"Id": str(place), "MessageBody": entry.body, "DelaySeconds": self._delay_seconds}
            for place, entry in enumerate(chunk)
        ]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=queue_url(queue), Entries=entries)
        except (BotoCoreError, ClientError) as error:
            failure = SendFailed(f"{queue}: {error}")
            failure.__cause__ = error
            self._failures.append(failure)
            return []
        return list(answer.get("Failed") or ())

    def _park(self, queue: str, event: Event, code: str) -> None:
        logger().error("SQS refused an event for good and it was parked", queue=queue, type=event.type, code=code)
        count("EventParked", queue=queue)
        refused = {"queue": queue, "code": code, "event": msgspec.to_builtins(event)}
        self._to_park.append(Event(event.event_id, "parked", event.at, refused))


def _is_final(failed: dict[str, Any]) -> bool:
    return bool(failed.get("SenderFault")) and not _PASSING.search(str(failed.get("Code")))


def _chunks(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    chunk: list[_Entry] = []
    size = 0
    for entry in entries:
        length = len(entry.body.encode())
        if chunk and (len(chunk) == BATCH_ENTRIES or size + length > BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += length
    if chunk:
        yield chunk
