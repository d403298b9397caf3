from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.wechat.wechat_host import Clock, FakeHost, MemoryStore


@pytest.fixture
def host() -> Iterator[FakeHost]:
    host = FakeHost()
    yield host
    host.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()
