"""One person in three lives: with one profile, merged before anything happens, merged between two steps."""

from __future__ import annotations

from typing import Final, NamedTuple

import pytest

from chalicelib.kernel import ids
from chalicelib.members import service as members

NOW = 1_767_225_600_000
LIVES: Final = ("one profile", "merged before", "merged between")


class Customer(NamedTuple):
    """A person; `first` is the member id of their first login, which an old token still names."""

    life: str
    openid: str
    unionid: str
    first: str

    def later(self) -> str:
        """The member id after a login that brings the unionid: the profiles are one from then on."""
        return _both(self.openid, self.unionid)


def _both(openid: str, unionid: str) -> str:
    known = {"openid": openid, "unionid": unionid}
    return members.recognise(known, channel_id=None, origin="mini_program", now=NOW).member_id


def new_customer(life: str) -> Customer:
    """A person who is about to live so."""
    openid, unionid = ids.new_id("visit", NOW), ids.new_id("visit", NOW)
    if life == "one profile":
        return Customer(life, openid, unionid, _both(openid, unionid))
    first = members.recognise({"openid": openid}, channel_id=None, origin="mini_program", now=NOW).member_id
    members.recognise({"unionid": unionid}, channel_id=None, origin="wecom_contact", now=NOW)
    if life == "merged before":
        _both(openid, unionid)
    return Customer(life, openid, unionid, first)


@pytest.fixture(params=LIVES)
def customer(request: pytest.FixtureRequest, stack: str) -> Customer:
    """Each of the three lives."""
    return new_customer(request.param)


@pytest.fixture
def guides(stack: str) -> list[str]:
    """Two guides of the brand."""
    from chalicelib.guides import service as guide_service

    made = [ids.new_id("guide", NOW) for _ in range(2)]
    for guide_id in made:
        guide_service.create_guide(guide_id, name="G", userid=guide_id, store_id=None, now=NOW)
    return made
