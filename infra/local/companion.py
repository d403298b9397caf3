"""Reads the functions' logs: a readable copy for people, and the metrics out of them for CloudWatch.

On AWS, CloudWatch itself turns Embedded Metric Format lines into metrics; the local engine does not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PREFIX = "/aws/lambda/siyu-local-"
PAUSE_SECONDS = 1.0
EVENTS_A_CALL = 10_000
"""What FilterLogEvents gives at most, the oldest first; the local engine has no token for the rest."""
Seen = tuple[int, frozenset[str]]
"""The newest millisecond read of a log group, and the events in it (the local engine gives them no ids)."""
# Lines of Lambda itself, which tell a reader nothing.
NOISE = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START")


def main() -> None:
    """Follow the logs until SIGTERM."""
    import boto3

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    reader, cloudwatch = Reader(boto3.client("logs"), int(time.time() * 1000)), boto3.client("cloudwatch")
    with Path(os.environ["SIYU_FUNCTIONS_LOG"]).open("a") as out:
        while True:
            for group, event in reader.new_events():
                _forward(cloudwatch, event["message"])
                line = readable(group, event["timestamp"], event["message"])
                if line:
                    print(line, file=out, flush=True)
            time.sleep(PAUSE_SECONDS)


class Reader:
    """Reads what the functions have logged since the last time.

    Asks for the events only of groups whose size has changed: the sizes of fifty groups are one call, their events
    would be fifty, each second.
    """

    def __init__(self, logs: Any, started: int, prefix: str = PREFIX) -> None:
        self._logs = logs
        self._started = started
        self._prefix = prefix
        self._sizes: dict[str, int] = {}
        self._seen: dict[str, Seen] = {}

    def new_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(log group, event) for each event since `started` that was not given before."""
        for name in self._changed():
            last, marks = self._seen.get(name, (self._started, frozenset()))
            found = self._logs.filter_log_events(logGroupName=name, startTime=last)["events"]
            fresh = [event for event in found if _mark(event) not in marks]
            if len(found) >= EVENTS_A_CALL:
                del self._sizes[name]  # There may be more: ask again although the size stays.
            if fresh:
                newest = max(event["timestamp"] for event in fresh)
                self._seen[name] = newest, frozenset(_mark(event) for event in found if event["timestamp"] == newest)
            for event in fresh:
                yield name, event

    def _changed(self) -> Iterator[str]:
        for page in self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self._prefix):
            for group in page["logGroups"]:
                name, size = group["logGroupName"], group["storedBytes"]
                if self._sizes.get(name) != size:
                    # Before the events are read: what arrives meanwhile changes the size again.
                    self._sizes[name] = size
                    yield name


def _mark(event: dict[str, Any]) -> str:
    return f"{event.get('logStreamName')} {event['timestamp']} {event['message']}"


def readable(group: str, at: int, message: str) -> str:
    """A log line for people: time, function, then what was counted or said; "" for a line of no interest."""
    text = message.strip()
    if not text or text.startswith(NOISE):
        return ""
    moment = f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S}"
    function = group.rpartition("/")[2].removeprefix("siyu-local-").partition("-")[0]
    line = _json_object(text)
    if line is None:
        return f"{moment} {function:<22} {text}"
    if "_aws" in line:
        return "\n".join(f"{moment} {function:<22} + {counted}" for counted in _counted(text))
    hidden = {"level", "message", "timestamp", "service", "location", "xray_trace_id", "exception", "stack_trace"}
    fields = " ".join(f"{name}={value}" for name, value in line.items() if name not in hidden)
    trace = f"\n{line['exception']}" if "exception" in line else ""
    sentence = f"{moment} {function:<22} {line.get('level', ''):<7} {line.get('message', '')} {fields}".rstrip()
    return f"{sentence}{trace}"


def _counted(message: str) -> Iterator[str]:
    """`Scans 1 verdict=first_scan` for each metric of a line."""
    for _, datum in metrics_of(message):
        about = " ".join(
            f"{entry['Name']}={entry['Value']}" for entry in datum["Dimensions"] if entry["Name"] != "service"
        )
        yield f"{datum['MetricName']} {sum(datum['Values']):g} {about}".rstrip()


def metrics_of(message: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(namespace, datum for put_metric_data) for each metric of an Embedded Metric Format line; else nothing."""
    line = _json_object(message)
    if line is None or "_aws" not in line:
        return
    try:
        yield from list(_data_of(line))
    except (KeyError, TypeError, ValueError) as error:
        # One odd line must not end the companion: CloudWatch passes over it too.
        print(f"A line looks like a metric and is none: {type(error).__name__} {error}", file=sys.stderr, flush=True)


def _data_of(line: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in line["_aws"]["CloudWatchMetrics"]:
        for names in block["Dimensions"]:
            dimensions = [{"Name": name, "Value": str(line[name])} for name in names]
            for metric in block["Metrics"]:
                value = line[metric["Name"]]
                values = [float(part) for part in (value if isinstance(value, list) else [value])]
                datum = {"MetricName": metric["Name"], "Dimensions": dimensions, "Unit": metric.get("Unit", "None")}
                yield block["Namespace"], {**datum, "Values": values}


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _forward(cloudwatch: Any, message: str) -> None:
    for namespace, datum in metrics_of(message):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])


if __name__ == "__main__":
    main()
