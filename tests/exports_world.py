"""Fixtures for tests of exports: a bucket, and a worker that runs until a file is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.dynamo import Item

BUCKET = "siyu-test-exports"
Export = Callable[..., Item]


@pytest.fixture
def bucket(stack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The bucket of exports, named in the settings."""
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.settings import settings

    client("s3").create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("SIYU_EXPORTS_BUCKET", BUCKET)
    settings.cache_clear()
    yield BUCKET
    monkeypatch.undo()
    settings.cache_clear()


def fetch(url: str) -> Any:
    """What a link leads to."""
    import requests

    assert url.startswith(os.environ["AWS_ENDPOINT_URL"])
    return requests.get(url, timeout=60)


@pytest.fixture
def export(bucket: str, now: Millis) -> Export:
    """Asks for an export and works on it; the export as it then stands."""

    def make(batch: Item, kind: str = "csv", part: Any = None) -> Item:
        from chalicelib.codes.exports import handlers as export_handlers
        from chalicelib.codes.exports import service as exports
        from chalicelib.kernel import clock, ids

        asked = exports.ask(ids.new_id("export", now), batch["batch_id"], kind, part, by="test", now=now)
        export_handlers.work(asked["export_id"], "worker", clock.now)
        return exports.get(batch["batch_id"], asked["export_id"], now)

    return make
