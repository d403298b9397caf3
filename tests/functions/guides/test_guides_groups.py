"""Groups: who joins becomes a member, and the owner's customer where the brand says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel import clock
from tests.functions.guides.conftest import take_callback

NewGuide = Callable[..., dict[str, Any]]


@pytest.fixture
def groups_bind(stack: str) -> Iterator[None]:
    from chalicelib.guides.bindings import service as bindings

    bindings.set_policy("last_wins", 0, groups=True, now=clock.now())
    yield
    bindings.set_policy("last_wins", 0, now=clock.now())


def tell(chat_id: str, change: str = "update") -> None:
    now = str(clock.now() // 1000)
    take_callback(Event="change_external_chat", ChangeType=change, ChatId=chat_id, CreateTime=now)


def join(sandbox: Any, guide: dict[str, Any]) -> tuple[str, str]:
    """A customer in a group of the guide: (chat_id, external_userid)."""
    chat_id = sandbox.control("POST", "groups", {"owner": guide["userid"], "callback": False})["chat_id"]
    external_userid = sandbox.customer()["external_userid"]
    joined = {"chat_id": chat_id, "external_userid": external_userid, "callback": False}
    sandbox.control("POST", "join-group", joined)
    return chat_id, external_userid


def member_of(external_userid: str) -> str | None:
    from chalicelib.members import service as members

    return members.member_of("external_userid", external_userid)


def test_joining_the_guides_group_binds(sandbox: Any, new_guide: NewGuide, groups_bind: None) -> None:
    from chalicelib.guides.bindings import service as bindings

    guide = new_guide()
    chat_id, external_userid = join(sandbox, guide)

    tell(chat_id)
    tell(chat_id)

    member_id = member_of(external_userid)
    assert member_id
    history = bindings.history(member_id)
    assert [(row.guide_id, row.reason) for row in history] == [(guide["sk"], "group_joined")]


def test_without_the_brands_word_joining_makes_a_member_only(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.bindings import service as bindings

    chat_id, external_userid = join(sandbox, new_guide())

    tell(chat_id)

    member_id = member_of(external_userid)
    assert member_id
    assert bindings.history(member_id) == []


def test_leaving_and_dismissal_undo_nothing(sandbox: Any, new_guide: NewGuide, groups_bind: None) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.contacts import keys
    from chalicelib.guides.groups import tables as group_tables

    guide = new_guide()
    chat_id, external_userid = join(sandbox, guide)
    tell(chat_id)
    sandbox.control("POST", "leave-group", {"chat_id": chat_id, "external_userid": external_userid, "callback": False})
    tell(chat_id)
    left = group_tables.members(chat_id)[keys.contact_key(external_userid)]
    sandbox.control("POST", "dismiss-group", {"chat_id": chat_id, "callback": False})

    tell(chat_id, "dismiss")
    tell(chat_id)

    member_id = member_of(external_userid)
    assert member_id
    assert left["lt"] >= left["jt"]
    assert [row.guide_id for row in bindings.history(member_id)] == [guide["sk"]]


def test_a_tag_of_the_corp_is_remembered_as_last_told(stack: str) -> None:
    from chalicelib.guides import models as guide_models
    from chalicelib.runtime import dynamo

    for change, at in (("delete", "20"), ("create", "10")):
        take_callback(Event="change_external_tag", ChangeType=change, Id="et-1", TagType="tag", CreateTime=at)

    found = dynamo.get(guide_models.CorpTag, "CORP-TAG#et-1", "TAG")
    assert found is not None
    assert found["st"] == "delete"
