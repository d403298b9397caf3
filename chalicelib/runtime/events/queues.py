"""SQS: events on their way to the consumers, each consumer with its own queue, named after its function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings

BATCH_ENTRIES = 10
BATCH_BYTES = 250_000


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
    """SQS refused some entries: the caller must not take the work as handed over."""


def send(queue: str, events: Iterable[Event], *, delay_seconds: int = 0) -> None:
    """Put events on the queue of the function `queue`, ten a call; `SendFailed` unless all were taken."""
    for chunk in _chunks(msgspec.json.encode(event).decode() for event in events):
        entries = [
            {"Id": str(place), "MessageBody": body, "DelaySeconds": delay_seconds} for place, body in enumerate(chunk)
        ]
        answer = client("sqs").send_message_batch(QueueUrl=queue_url(queue), Entries=entries)
        if answer.get("Failed"):
            raise SendFailed(f"{len(answer['Failed'])} of {len(entries)} entries refused by {queue}")


def queue_url(queue: str) -> str:
    """The URL of a function's queue, without asking SQS for it."""
    return f"{settings().queue_url_base}{queue}"


def read_event(body: str) -> Event:
    """The event in a message; msgspec's error for anything else, which sends the message to the DLQ."""
    return msgspec.json.decode(body, type=Event)


def _chunks(bodies: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if chunk and (len(chunk) == BATCH_ENTRIES or size + length > BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(body)
        size += length
    if chunk:
        yield chunk
