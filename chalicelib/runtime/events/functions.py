"""Event-driven Lambdas: one Blueprint each, with logging, metrics and the right way to fail built in.

In Lambda only the function's own module is imported, so nothing here may count on app.py or on middleware.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from chalice.app import Blueprint

from chalicelib.kernel import clock
from chalicelib.runtime import stage_clock
from chalicelib.runtime.dynamo import Item, unpack_item
from chalicelib.runtime.events import queues, routing
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.observability import count, logger


class Change(msgspec.Struct, frozen=True):
    """One item's change, from a table's stream. `old` or `new` is {} when there was or is no item.

    `sequence` orders the changes of one item: a decimal number of up to 40 digits, zero-padded to 40 here.
    """

    event_id: str
    old: Item
    new: Item
    sequence: str
    at: clock.Millis
    """When it was written, to the second (DynamoDB's ApproximateCreationDateTime)."""


Handle = Callable[[Event], None]
Fold = Callable[[list[Event]], None]
EventsOf = Callable[[Change], Iterable[Event]]


class Functions(Blueprint):
    """A Blueprint of event functions; the handler's name is the module's and the queue's name."""

    def queue_consumer(
        self, name: str, *, batch_size: int = 10, window_seconds: int = 0, concurrency: int | None = None
    ) -> Callable[[Handle], Any]:
        """A consumer of the queue `name`: called once per event, a failed event alone is delivered again.

        `concurrency`: at most so many containers (2 or more), to pace calls to the outside.
        """

        def register(handle: Handle) -> Any:
            return self.on_sqs_message(
                queue=f"${{{logical_name(name)}Queue.QueueName}}",
                name=name,
                batch_size=batch_size,
                maximum_batching_window_in_seconds=window_seconds,
                maximum_concurrency=concurrency,
            )(_each_event(handle))

        return register

    def queue_folder(self, name: str, *, batch_size: int = 10, concurrency: int | None = None) -> Callable[..., Any]:
        """A consumer of the queue `name` that is called once per batch, to write what a batch adds up to.

        When it raises, it is called again with each event alone: a bad event does not hold up the others.
        """

        def register(fold: Fold) -> Any:
            return self.on_sqs_message(
                queue=f"${{{logical_name(name)}Queue.QueueName}}",
                name=name,
                batch_size=batch_size,
                maximum_concurrency=concurrency,
            )(_each_batch(fold))

        return register

    def stream_consumer(
        self, area: str, routes: Mapping[str, tuple[str, ...]] | None = None
    ) -> Callable[[EventsOf], Any]:
        """The one reader of a table's stream: its changes become events, sent to the queues that `routing` names."""
        queues_of = routing.ROUTES[area] if routes is None else routes

        def register(events_of: EventsOf) -> Any:
            return self.on_dynamodb_record(
                stream_arn=f"{area}-stream",
                name=f"{area}-stream",
                batch_size=100,
                starting_position="TRIM_HORIZON",
            )(_dispatching(events_of, queues_of))

        return register

    def scheduled(self, name: str, expression: str) -> Callable[[Callable[[clock.Millis], None]], Any]:
        """A job on a schedule such as `rate(5 minutes)`; it gets the current time."""

        def register(job: Callable[[clock.Millis], None]) -> Any:
            return self.schedule(expression, name=name)(_job(job))

        return register


def logical_name(name: str) -> str:
    """`payouts-send` → `PayoutsSend`, as Chalice names resources after functions."""
    return "".join(part.capitalize() for part in name.split("-"))


def _each_event(handle: Handle) -> Callable[[Any], Any]:
    @functools.wraps(handle)
    def consume(event: Any) -> Any:
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        stage_clock.follow()

        def one(record: Any) -> None:
            try:
                handle(queues.read_event(record.body))
            except Exception:
                # Powertools tells SQS and nobody else.
                logger().exception(
                    "An event could not be handled and will be delivered again",
                    consumer=handle.__name__,
                    message_id=record.message_id,
                )
                count("EventFailed", consumer=handle.__name__)
                raise

        return process_partial_response(
            event=event.to_dict(),
            record_handler=one,
            processor=BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False),
        )

    return consume


def _each_batch(fold: Fold) -> Callable[[Any], Any]:
    @functools.wraps(fold)
    def alone(event: Event) -> None:
        fold([event])

    one_by_one = _each_event(alone)

    @functools.wraps(fold)
    def consume(event: Any) -> Any:
        stage_clock.follow()
        try:
            fold([queues.read_event(record["body"]) for record in event.to_dict()["Records"]])
        except Exception as error:
            logger().warning("A batch could not be folded as one", consumer=fold.__name__, error=str(error))
            return one_by_one(event)
        return {"batchItemFailures": []}

    return consume


def _dispatching(events_of: EventsOf, routes: Mapping[str, tuple[str, ...]]) -> Callable[[Any], None]:
    @functools.wraps(events_of)
    def dispatch(event: Any) -> None:
        # Raises when a queue does not take its events, after all were tried: the batch comes again. A partial answer
        # is not an option, the local engine takes it for success and drops the rest.
        stage_clock.follow()
        per_queue: dict[str, list[Event]] = defaultdict(list)
        for record in event.to_dict()["Records"]:
            for queue, told in _read_change(record, events_of, routes):
                per_queue[queue].append(told)
        queues.send_to_each(per_queue)

    return dispatch


def _read_change(record: Item, events_of: EventsOf, routes: Mapping[str, tuple[str, ...]]) -> list[tuple[str, Event]]:
    """What a record tells, and to which queue; one that cannot be read goes to the parking queue, whole."""
    try:
        return [(queue, told) for told in events_of(change_of(record)) for queue in routes.get(told.type, ())]
    except Exception:
        logger().exception("A stream record could not be read and was parked", event_id=record.get("eventID"))
        count("StreamRecordParked")
        return [(queues.PARKING, Event(str(record.get("eventID")), "parked", clock.now(), {"record": record}))]


def change_of(record: Item) -> Change:
    """A Lambda stream record as a `Change`."""
    body = record["dynamodb"]
    return Change(
        event_id=record["eventID"],
        old=unpack_item(body.get("OldImage", {})),
        new=unpack_item(body.get("NewImage", {})),
        sequence=str(body["SequenceNumber"]).zfill(40),
        at=int(float(body.get("ApproximateCreationDateTime", 0)) * 1000),
    )


def _job(job: Callable[[clock.Millis], None]) -> Callable[[Any], None]:
    @functools.wraps(job)
    def run(_event: Any) -> None:
        stage_clock.follow()
        logger().info("A scheduled job starts", job=job.__name__)
        job(clock.now())

    return run
