"""What the companion reads out of the local engine's logs, and how often it asks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.local.companion import Reader

PREFIX = "/aws/lambda/companion-test-"
GROUPS = 60


class Counting:
    """The logs client, with its calls counted."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._logs, name)


@pytest.fixture
def groups(engine: str) -> Iterator[list[str]]:
    """More log groups of functions than DescribeLogGroups gives at once."""
    logs = boto3.client("logs")
    names = [f"{PREFIX}{number:02}" for number in range(GROUPS)]
    for name in names:
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
    yield names
    for name in names:
        logs.delete_log_group(logGroupName=name)


def test_each_line_is_given_once_beyond_the_fiftieth_group_too(groups: list[str]) -> None:
    reader = Reader(boto3.client("logs"), _now(), PREFIX)
    assert not _read(reader)

    _log(groups[0], "first")
    _log(groups[-1], "last")

    assert _read(reader) == [(groups[0], "first"), (groups[-1], "last")]
    assert not _read(reader)


def test_lines_of_one_millisecond_are_given_once_each(groups: list[str]) -> None:
    reader, at = Reader(boto3.client("logs"), _now(), PREFIX), _now()

    _log(groups[0], "one", at)
    first = _read(reader)
    _log(groups[0], "two", at)

    assert first == [(groups[0], "one")]
    assert _read(reader) == [(groups[0], "two")]


def test_only_groups_that_grew_are_asked_for_their_events(groups: list[str]) -> None:
    logs = Counting(boto3.client("logs"))
    reader = Reader(logs, _now(), PREFIX)
    _read(reader)

    logs.calls.clear()
    _log(groups[7], "a line")
    _read(reader)
    asked = logs.calls["filter_log_events"]
    _read(reader)

    assert asked == logs.calls["filter_log_events"] == 1


def test_what_was_logged_before_the_start_is_not_given(groups: list[str]) -> None:
    _log(groups[0], "old")

    assert not _read(Reader(boto3.client("logs"), _now() + 1000, PREFIX))


def _read(reader: Reader) -> list[tuple[str, str]]:
    return [(group, event["message"]) for group, event in reader.new_events()]


def _log(group: str, message: str, at: int | None = None) -> None:
    event = {"timestamp": at or _now(), "message": message}
    boto3.client("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])


def _now() -> int:
    return int(time.time() * 1000)
