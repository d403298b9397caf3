"""What callbacks did not bring is found at night; a night without differences writes and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.kernel import clock
from tests.functions.guides.conftest import show_in_rosters, work_off

NewGuide = Callable[..., dict[str, Any]]
NewContact = Callable[..., str]


def compare(guide: dict[str, Any], now: int) -> int:
    """One night for one guide, and the events that it found to be missing handled; how many there were."""
    look(guide, now)
    return work_off("guides-contacts")


def look(guide: dict[str, Any], now: int) -> None:
    """One night for one guide; what it found waits on the queue."""
    from chalicelib.guides.contacts import jobs as contact_jobs
    from chalicelib.runtime.events import queues
    from chalicelib.wechat import connect

    for queue in ("guides-check", "guides-contacts"):
        everything_from(queue)
    data = {"guide_id": guide["sk"], "userid": guide["userid"], "cursor": None}
    queues.send("guides-check", [queues.Event("e", "contacts.added", now, data)])
    while waiting := taken_from("guides-check"):
        for body in waiting:
            contact_jobs.handle(queues.read_event(body), connect.wecom(), now)


def taken_from(queue: str) -> list[str]:
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url

    found = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        client("sqs").delete_message(QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


def everything_from(queue: str) -> list[str]:
    found: list[str] = []
    while waiting := taken_from(queue):
        found.extend(waiting)
    return found


def test_a_missed_addition_makes_the_member_and_the_binding(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.members import service as members

    guide, customer = new_guide(), sandbox.customer()
    pair = {"external_userid": customer["external_userid"], "userid": guide["userid"], "callback": False}
    sandbox.control("POST", "add-contact", {**pair, "state": guide["state"]})

    found, again = compare(guide, clock.now()), compare(guide, clock.now())

    member_id = members.member_of("unionid", customer["unionid"])
    assert (found, again) == (1, 0)
    assert member_id
    assert [(row.guide_id, row.reason) for row in bindings.history(member_id)] == [(guide["sk"], "contact_added")]


def test_a_missed_loss_takes_the_member_off_the_list(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides.rosters import tables as rosters_tables

    guide, customer = new_guide(), sandbox.customer()
    member_id = new_contact(guide, customer)
    pair = {"external_userid": customer["external_userid"], "userid": guide["userid"]}
    sandbox.control("POST", "delete-contact", {**pair, "by": "staff", "callback": False})
    later = clock.now() + clock.HOUR

    found, again = compare(guide, later), compare(guide, later)

    show_in_rosters(member_id)
    row = rosters_tables.roster_row(guide["sk"], member_id)
    assert (found, again) == (1, 0)
    assert row is not None
    assert (row["followed"], row["bound"]) == (False, True)


def test_many_contacts_are_compared_page_by_page(sandbox: Any, new_guide: NewGuide) -> None:
    guide = new_guide()
    for _ in range(105):
        pair = {"external_userid": sandbox.customer()["external_userid"], "userid": guide["userid"]}
        sandbox.control("POST", "add-contact", {**pair, "callback": False})

    look(guide, clock.now())

    assert len(everything_from("guides-contacts")) == 105


def test_a_night_begins_with_every_guide(new_guide: NewGuide) -> None:
    from functions.guides_nightly import guides_nightly

    everything_from("guides-check")
    guide = new_guide()

    names = ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources")
    guides_nightly(dict.fromkeys(names, ""), None)

    assert sum(guide["sk"] in body for body in everything_from("guides-check")) == 1
