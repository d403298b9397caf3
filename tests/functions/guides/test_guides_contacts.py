"""Contact events by the queue: shuffled, doubled, from the sandbox's own callbacks."""

from __future__ import annotations

import json
import random
from itertools import count
from typing import Any

import pytest

from chalicelib.members.service import Person

_numbers = count()
CHANGES = ["add_external_contact", "edit_external_contact", "del_follow_user", "add_external_contact"]


@pytest.fixture
def guide(stack: str, sandbox: Any) -> dict[str, str]:
    """A guide whom WeCom knows."""
    from chalicelib.guides import service as guides
    from chalicelib.kernel import ids

    userid, guide_id = f"contact{next(_numbers)}", ids.new_id("guide", 1_767_225_600_000)
    sandbox.control("POST", "staff", {"userid": userid, "name": "G"})
    row = guides.create_guide(guide_id, name="G", userid=userid, store_id=None, now=1)
    return {"guide_id": guide_id, "userid": userid, "state": row["state"]}


def deliver(events: list[dict[str, str]]) -> list[dict[str, str]]:
    """Call the function as Lambda does; what it says failed."""
    from functions.guides_contacts import guides_contacts

    records = [
        {
            "messageId": str(place),
            "receiptHandle": "r",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:guides-contacts",
            "attributes": {},
            "messageAttributes": {},
            "body": json.dumps(
                {
                    "event_id": event["digest"],
                    "type": "wecom.callback",
                    "at": 1,
                    "data": {"fields": event, "digest": event["digest"]},
                }
            ),
        }
        for place, event in enumerate(events)
    ]
    return list(guides_contacts({"Records": records}, None)["batchItemFailures"])


def told(change: str, guide: dict[str, str], external_userid: str, at: int) -> dict[str, str]:
    return {
        "Event": "change_external_contact",
        "ChangeType": change,
        "UserID": guide["userid"],
        "ExternalUserID": external_userid,
        "CreateTime": str(at),
        "State": guide["state"],
        "digest": f"{change}{external_userid}{at}",
    }


def state(guide: dict[str, str], external_userid: str) -> Any:
    """Everything that contact events decide, as others see it."""
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.rosters import tables as rosters_tables
    from chalicelib.members import service as members

    member_id = members.member_of("external_userid", external_userid)
    assert member_id
    row = rosters_tables.roster_row(guide["guide_id"], member_id) or {}
    found = [bindings.binding_as_of(Person(member_id), at * 1000) for at in range(100, 140, 5)]
    return (
        row.get("followed"),
        row.get("fct"),
        [(binding.guide_id, binding.at) if binding else None for binding in found],
    )


def test_an_added_contact_is_a_member_bound_to_the_guide(guide: dict[str, str], sandbox: Any) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.members import service as members

    customer = sandbox.customer()
    relation = {"external_userid": customer["external_userid"], "userid": guide["userid"], "callback": False}
    sandbox.control("POST", "add-contact", relation)

    failed = deliver([told("add_external_contact", guide, customer["external_userid"], 1_767_225_600)])

    member_id = members.member_of("unionid", customer["unionid"])
    assert failed == []
    assert member_id
    binding = bindings.binding_as_of(Person(member_id), 1_767_225_600_000)
    assert binding is not None
    assert (binding.guide_id, binding.reason) == (guide["guide_id"], "contact_added")


def test_wecom_may_spell_a_userid_otherwise_than_the_operator(guide: dict[str, str], sandbox: Any) -> None:
    from chalicelib.guides.contacts import keys
    from chalicelib.guides.contacts import tables as contact_tables
    from chalicelib.guides.rosters import tables as rosters_tables
    from chalicelib.members import service as members

    external_userid = sandbox.customer()["external_userid"]
    relation = {"external_userid": external_userid, "userid": guide["userid"], "callback": False}
    sandbox.control("POST", "add-contact", relation)
    shouted = {**guide, "userid": guide["userid"].upper(), "state": ""}

    failed = deliver([told("add_external_contact", shouted, external_userid, 1_767_225_600)])

    member_id = members.member_of("external_userid", external_userid)
    assert failed == []
    assert member_id
    assert rosters_tables.roster_row(guide["guide_id"], member_id)
    assert contact_tables.external_userid(keys.contact_key(external_userid), guide["userid"]) == external_userid


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_doubled_events_end_as_the_ordered_ones(guide: dict[str, str], sandbox: Any, seed: int) -> None:
    ordered, shuffled = sandbox.customer(), sandbox.customer()
    for customer in (ordered, shuffled):
        relation = {"external_userid": customer["external_userid"], "userid": guide["userid"], "callback": False}
        sandbox.control("POST", "add-contact", relation)
    changes = list(zip(CHANGES, (105, 110, 120, 130), strict=True))[: 3 + seed % 2]

    deliver([told(change, guide, ordered["external_userid"], at) for change, at in changes])
    mixed = [*changes, *changes]
    random.Random(seed).shuffle(mixed)
    deliver([told(change, guide, shuffled["external_userid"], at) for change, at in mixed])

    expected = state(guide, ordered["external_userid"])
    assert expected[0] is (len(changes) == 4)
    assert state(guide, shuffled["external_userid"]) == expected


def test_two_events_of_one_second_end_as_wecom_says(guide: dict[str, str], sandbox: Any) -> None:
    customer = sandbox.customer()
    relation = {"external_userid": customer["external_userid"], "userid": guide["userid"], "callback": False}
    sandbox.control("POST", "add-contact", relation)
    removed = told("del_external_contact", guide, customer["external_userid"], 200)
    added = told("add_external_contact", guide, customer["external_userid"], 200)

    for order in ([removed, added], [added, removed]):
        assert deliver(order) == []

    assert state(guide, customer["external_userid"])[0] is True


def test_a_stranger_that_wecom_does_not_show_yet_comes_again(guide: dict[str, str], sandbox: Any) -> None:
    from chalicelib.kernel import clock

    customer = sandbox.customer()

    failed = deliver([told("add_external_contact", guide, customer["external_userid"], clock.now() // 1000)])

    assert [failure["itemIdentifier"] for failure in failed] == ["0"]


def test_an_event_that_nobody_understands_is_kept(guide: dict[str, str], stack: str) -> None:
    from chalicelib.guides import models as guide_models
    from chalicelib.runtime import dynamo

    event = {"Event": "change_moon_phase", "digest": f"moon{next(_numbers)}"}

    assert deliver([event]) == []

    kept = dynamo.get(guide_models.UnknownEvent, f"KEPT#{event['digest']}", "KEPT")
    assert kept is not None
    assert "change_moon_phase" in kept["fields"]
