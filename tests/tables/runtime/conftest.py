"""Rows of the runtime's table, and answers that the engine itself would not give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from ulid import ULID

from chalicelib.runtime.aws import client

Answers = Callable[..., AbstractContextManager[list[str]]]
ServingOnly = Callable[..., AbstractContextManager[list[int]]]


@pytest.fixture
def pk(stack: str) -> str:
    """A partition of this test's own."""
    return f"TEST#{ULID()}"


@pytest.fixture
def answering(stack: str) -> Answers:
    """`answering("dynamodb", "UpdateItem", body, times=2)`: the next calls get this error instead of the engine's."""

    @contextmanager
    def inject(service: str, operation: str, body: dict[str, Any], *, status: int, times: int) -> Iterator[list[str]]:
        calls: list[str] = []

        def answer(request: Any, **_: Any) -> AWSResponse | None:
            calls.append(operation)
            if len(calls) > times:
                return None
            return AWSResponse(request.url, status, {"Content-Type": "application/x-amz-json-1.0"}, _Raw(body))

        events = client(service).meta.events
        events.register(f"before-send.{service}.{operation}", answer)
        try:
            yield calls
        finally:
            events.unregister(f"before-send.{service}.{operation}", answer)

    return inject


@pytest.fixture
def serving_only(stack: str) -> ServingOnly:
    """`serving_only("BatchGetItem", 10, times=2)`: two calls do ten of the keys they name and leave the rest undone.

    What is done is done by the engine. Yields how many keys each call named.
    """

    @contextmanager
    def inject(operation: str, most: int, *, times: int) -> Iterator[list[int]]:
        asked: list[int] = []
        undone: dict[str, Any] = {}

        def cut(params: dict[str, Any], **_: Any) -> None:
            ((table, wanted),) = params["RequestItems"].items()
            keys = wanted["Keys"] if operation == "BatchGetItem" else wanted
            asked.append(len(keys))
            undone.clear()
            if len(asked) > times or len(keys) <= most:
                return
            served, rest = keys[:most], keys[most:]
            is_read = operation == "BatchGetItem"
            undone[table] = {**wanted, "Keys": rest} if is_read else rest
            params["RequestItems"] = {table: {**wanted, "Keys": served} if is_read else served}

        def confess(parsed: dict[str, Any], **_: Any) -> None:
            parsed["UnprocessedKeys" if operation == "BatchGetItem" else "UnprocessedItems"] = dict(undone)

        events = client("dynamodb").meta.events
        events.register(f"provide-client-params.dynamodb.{operation}", cut)
        events.register(f"after-call.dynamodb.{operation}", confess)
        try:
            yield asked
        finally:
            events.unregister(f"provide-client-params.dynamodb.{operation}", cut)
            events.unregister(f"after-call.dynamodb.{operation}", confess)

    return inject


class _Raw:
    """The body of an answer, as urllib3 hands it over."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._content = json.dumps(body).encode()

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content
