"""An audience of the test's own, customers of the sandbox, and a worker to send with."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import SHANGHAI, Millis, from_datetime
from chalicelib.members import service as members
from chalicelib.pushes import service
from chalicelib.pushes import tables as pushes_tables
from chalicelib.pushes.service import Courier
from chalicelib.segments import service as segments
from chalicelib.wechat import connect

NOON = from_datetime(datetime(2026, 1, 15, 12, tzinfo=SHANGHAI))


class Audience(NamedTuple):
    """A segment of members who are customers of the sandbox."""

    segment_id: str
    channel_id: str
    sandbox: Any

    def join(self, *, consents: tuple[str, ...] = ("marketing",), openid: str | None = None) -> tuple[str, str]:
        """A member with these consents, known to the directory: member id and openid."""
        openid = openid or self.sandbox.customer()["openid"]
        person = members.recognise({"openid": openid}, channel_id=self.channel_id, origin="scan", now=NOON)
        for purpose in consents:
            members.record_consent(person.member_id, purpose=purpose, granted=True, version="1", now=NOON)
        segments.refresh(person.member_id, NOON)
        return person.member_id, openid

    def push(self, *, send_at: Millis | None = None, now: Millis = NOON, **other: Any) -> str:
        """A push to the segment; its id."""
        asked = {
            "media": ["subscribe_message"],
            "purpose": "marketing",
            "content": {"title": "新茶", "text": "春茶到店", "page": "pages/tea"},
            "ignore_quiet_hours": False,
            **other,
        }
        push_id = ids.new_id("push", now)
        service.create_push(push_id, segment_id=self.segment_id, asked=asked, send_at=send_at, now=now)
        return push_id

    def messages(self, openid: str) -> int:
        """How many messages this customer got."""
        items = self.sandbox.control("GET", "messages")["items"]
        return sum(item.get("openid") == openid for item in items)


@pytest.fixture
def audience(stack: str, sandbox: Any) -> Audience:
    """An empty segment: the members of a channel that no other test uses."""
    channel_id = f"chn_{secrets.token_hex(8)}"
    rule = {"attribute": "channel_id", "op": "eq", "value": channel_id}
    segment = segments.create_segment(ids.new_id("segment", NOON), name="s", rule=rule, now=NOON)
    sandbox.control("DELETE", "faults")
    return Audience(segment["sk"], channel_id, sandbox)


@pytest.fixture
def courier() -> Callable[..., Courier]:
    """Makes a worker whose clock stands still."""

    def make(at: Millis = NOON) -> Courier:
        return Courier(connect.mini_program(), lambda: at, lambda: None)

    return make


@pytest.fixture
def send(courier: Callable[..., Courier]) -> Callable[..., service.Counts]:
    """Plans a push and sends all of its pages once; the counts."""

    def run(push_id: str, at: Millis = NOON) -> service.Counts:
        while not service.plan(push_id, at):
            pass
        for number in range(1, pushes_tables.get_run(push_id)["n"] + 1):
            service.deliver(push_id, f"{number:05d}", courier(at))
        return service.counts_of(push_id)

    return run
