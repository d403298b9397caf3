"""A contact that ends: the guide hears of it once, the member stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.kernel import clock
from chalicelib.members.service import Person
from tests.functions.guides.conftest import take_callback

NewGuide = Callable[..., dict[str, Any]]
NewContact = Callable[..., str]


def lose(guide: dict[str, Any], external_userid: str, at: int, change: str = "del_follow_user") -> None:
    take_callback(
        Event="change_external_contact",
        ChangeType=change,
        UserID=guide["userid"],
        ExternalUserID=external_userid,
        CreateTime=str(at),
    )


def told(sandbox: Any, guide: dict[str, Any]) -> list[str]:
    found = sandbox.control("GET", "messages")["staff_items"]
    return [message["content"]["text"]["content"] for message in found if message["userid"] == guide["userid"]]


def test_the_guide_hears_once_and_the_member_stays(sandbox: Any, new_guide: NewGuide, new_contact: NewContact) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.members import service as members

    guide, customer = new_guide(), sandbox.customer()
    member_id, at = new_contact(guide, customer), clock.now() // 1000 + 5

    for _ in range(3):
        lose(guide, customer["external_userid"], at)

    (text,) = told(sandbox, guide)
    assert member_id in text
    assert customer["phone"] not in text
    bound = bindings.binding_as_of(Person(member_id), clock.now())
    assert bound is not None
    assert bound.guide_id == guide["sk"]
    kinds = [row["kind"] for row in members.newest_of_timeline(members.current(member_id), 10)]
    assert kinds.count("contact_lost") == 1


def test_each_loss_is_told(sandbox: Any, new_guide: NewGuide, new_contact: NewContact) -> None:
    guide, customer = new_guide(), sandbox.customer()
    new_contact(guide, customer)
    at = clock.now() // 1000

    lose(guide, customer["external_userid"], at + 5)
    lose(guide, customer["external_userid"], at + 9, "del_external_contact")

    assert len(told(sandbox, guide)) == 2


def test_a_lost_answer_of_wecom_tells_the_guide_once(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    guide, customer = new_guide(), sandbox.customer()
    new_contact(guide, customer)
    fault = {"path": "/cgi-bin/message/send", "mode": "timeout_after", "times": 1, "seconds": 0.1}
    sandbox.control("POST", "faults", fault)

    lose(guide, customer["external_userid"], clock.now() // 1000 + 5)

    assert len(told(sandbox, guide)) == 1


def test_a_loss_that_is_over_alarms_nobody(sandbox: Any, new_guide: NewGuide, new_contact: NewContact) -> None:
    guide, customer = new_guide(), sandbox.customer()
    new_contact(guide, customer)

    lose(guide, customer["external_userid"], clock.now() // 1000 - 600)

    assert told(sandbox, guide) == []
