"""Members in the directory, in a channel of the test's own."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from chalicelib.members import service as members
from chalicelib.segments import service

NOW = 1_767_225_600_123


@pytest.fixture
def channel(stack: str) -> str:
    """A channel that no other test's members come from."""
    return f"chn_{secrets.token_hex(8)}"


@pytest.fixture
def join(channel: str) -> Callable[[], str]:
    """Makes a member of the channel, known to the directory; its id."""

    def make() -> str:
        openid = f"o{secrets.token_hex(10)}"
        member_id = members.recognise({"openid": openid}, channel_id=channel, origin="scan", now=NOW).member_id
        service.refresh(member_id, NOW)
        return member_id

    return make
