"""Customers handed from guide to guide: WeCom decides, the future moves, the past stays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel import clock, ids
from chalicelib.members.service import Person
from tests.functions.guides.conftest import show_in_rosters, take_callback, work_off

_numbers = count()
Guide = dict[str, Any]
NewGuide = Callable[..., Guide]
NewContact = Callable[..., str]


def start(giver: Guide, taker: Guide, **more: Any) -> str:
    from chalicelib.guides.transfers import service as transfers

    transfer_id = ids.new_id("transfer", clock.now())
    chosen = {"member_ids": None, "resigned": False, "now": clock.now(), **more}
    transfers.start(transfer_id, guide_id=giver["sk"], to_guide_id=taker["sk"], **chosen)
    work_off("guides-transfers")
    return transfer_id


def ask_wecom(transfer_id: str) -> None:
    """Half an hour later: the schedule has WeCom asked."""
    from chalicelib.guides.transfers import service as transfers

    transfers.poll_due(clock.now() + 60 * clock.MINUTE * next(_numbers) + 60 * clock.MINUTE)
    work_off("guides-transfers")


def outcomes(giver: Guide, transfer_id: str) -> dict[str, tuple[str, str | None]]:
    from chalicelib.guides.transfers import service as transfers

    assert transfers.get(giver["sk"], transfer_id)
    rows, _ = transfers.customers(transfer_id, 200, None)
    return {row["m"]: (row["st"], row.get("why")) for row in rows}


def guide_of(member_id: str, at: int) -> str | None:
    from chalicelib.guides.bindings import service as bindings

    found = bindings.binding_as_of(Person(member_id), at)
    return found.guide_id if found else None


def external_userid(sandbox: Any, member_id: str) -> str:
    from chalicelib.members import service as members

    return str(members.current(member_id)["external_userid"])


def roster_of(guide: Guide) -> set[str]:
    from chalicelib.guides.rosters import service as rosters

    return {row["sk"] for row in rosters.roster(guide["sk"], 200, None)[0]}


def test_the_future_moves_when_wecom_has_given_the_customer_over(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    giver, taker = new_guide(), new_guide()
    member_id = new_contact(giver)
    bound_at = clock.now()

    transfer_id = start(giver, taker)
    waiting = outcomes(giver, transfer_id), guide_of(member_id, clock.now())
    sandbox.control("POST", "handovers", {"external_userid": external_userid(sandbox, member_id), "callback": False})
    ask_wecom(transfer_id)
    show_in_rosters(member_id)

    assert waiting == ({member_id: ("waiting", None)}, giver["sk"])
    assert outcomes(giver, transfer_id) == {member_id: ("done", None)}
    assert guide_of(member_id, clock.now() + 5_000) == taker["sk"]
    assert guide_of(member_id, bound_at) == giver["sk"]
    assert member_id in roster_of(taker)


def test_a_refusal_leaves_the_customer_where_they_are(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides.transfers import service as transfers

    giver, taker = new_guide(), new_guide()
    refusing, full = new_contact(giver), new_contact(giver)
    transfer_id = start(giver, taker)

    refused = external_userid(sandbox, refusing)
    take_callback(
        Event="change_external_contact",
        ChangeType="transfer_fail",
        UserID=taker["userid"],
        ExternalUserID=refused,
        CreateTime=str(clock.now() // 1000),
        FailReason="customer_refused",
    )
    limit = {"external_userid": external_userid(sandbox, full), "result": "limit", "callback": False}
    sandbox.control("POST", "handovers", limit)
    sandbox.control("POST", "handovers", {"external_userid": refused, "result": "refused", "callback": False})
    ask_wecom(transfer_id)

    assert outcomes(giver, transfer_id) == {
        refusing: ("failed", "customer_refused"),
        full: ("failed", "receiver_at_limit"),
    }
    assert {guide_of(member_id, clock.now()) for member_id in (refusing, full)} == {giver["sk"]}
    assert transfers.get(giver["sk"], transfer_id)["ended"]


def test_the_new_contacts_own_callback_moves_the_binding_whatever_the_policy(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides.bindings import service as bindings

    giver, taker = new_guide(), new_guide()
    member_id = new_contact(giver)
    transfer_id = start(giver, taker)
    external = external_userid(sandbox, member_id)
    sandbox.control("POST", "handovers", {"external_userid": external, "callback": False})
    bindings.set_policy("first_wins", 0, now=clock.now())
    try:
        for change, userid, more in (
            ("del_external_contact", giver["userid"], {"Source": "DELETE_BY_TRANSFER"}),
            ("add_external_contact", taker["userid"], {}),
        ):
            take_callback(
                Event="change_external_contact",
                ChangeType=change,
                UserID=userid,
                ExternalUserID=external,
                CreateTime=str(clock.now() // 1000 + 1),
                **more,
            )
        ask_wecom(transfer_id)
    finally:
        bindings.set_policy("last_wins", 0, now=clock.now())
    show_in_rosters(member_id)

    history = bindings.history(member_id)
    assert [(row.guide_id, row.reason) for row in history] == [
        (giver["sk"], "contact_added"),
        (taker["sk"], "transferred"),
    ]
    assert (roster_of(giver), roster_of(taker)) == (set(), {member_id})
    told = [one for one in sandbox.control("GET", "messages")["staff_items"] if one["userid"] == giver["userid"]]
    assert told == []


def test_each_customer_has_a_verdict_of_their_own(sandbox: Any, new_guide: NewGuide, new_contact: NewContact) -> None:
    first, second, third = new_guide(), new_guide(), new_guide()
    tired, fresh = new_contact(first), new_contact(first)
    for giver, taker in ((first, second), (second, first)):
        start(giver, taker, member_ids=[tired])
        external = external_userid(sandbox, tired)
        sandbox.control("POST", "handovers", {"external_userid": external, "callback": False})
        new_contact(taker, {"external_userid": external})

    transfer_id = start(first, third, member_ids=[tired, fresh, "mbr_nobody"])

    assert outcomes(first, transfer_id) == {
        tired: ("failed", "40128"),
        fresh: ("waiting", None),
        "mbr_nobody": ("failed", "not_their_member"),
    }


def test_a_lost_answer_asks_again_and_hands_over_once(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides.transfers import service as transfers
    from chalicelib.runtime.events import queues
    from chalicelib.wechat import connect
    from chalicelib.wechat.errors import WeChatError

    giver, taker = new_guide(), new_guide()
    member_id = new_contact(giver)
    path = "/cgi-bin/externalcontact/transfer_customer"
    sandbox.control("POST", "faults", {"path": path, "mode": "timeout_after", "times": 1, "seconds": 0.1})
    transfer_id = ids.new_id("transfer", clock.now())
    transfers.start(
        transfer_id, guide_id=giver["sk"], to_guide_id=taker["sk"], member_ids=None, resigned=False, now=clock.now()
    )
    step = queues.Event("e", "transfer.page", 1, {"transfer_id": transfer_id, "member_ids": None, "cursor": None})

    with pytest.raises(WeChatError):
        transfers.handle(step, connect.wecom(), clock.now())
    work_off("guides-transfers")

    assert outcomes(giver, transfer_id) == {member_id: ("waiting", None)}


def test_more_than_a_hundred_go_in_several_calls(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.contacts import keys
    from chalicelib.guides.contacts import tables as contact_tables
    from chalicelib.guides.rosters import tables as rosters_tables

    giver, taker = new_guide(), new_guide()
    for number in range(130):
        customer = sandbox.customer()["external_userid"]
        pair = {"external_userid": customer, "userid": giver["userid"], "callback": False}
        sandbox.control("POST", "add-contact", pair)
        contact = keys.contact_key(customer)
        contact_tables.put_relation(contact, giver["userid"], customer, contact_tables.ContactState("added", 1, "d"))
        rosters_tables.put_followed(giver["sk"], f"mbr_many{number}", contact, True, 1)

    transfer_id = start(giver, taker)

    assert len(outcomes(giver, transfer_id)) == 130
    calls = [call for call in sandbox.control("GET", "calls")["items"] if call["path"].endswith("/transfer_customer")]
    assert len(calls) >= 2


def test_who_left_is_followed_by_the_colleague_also_on_paper(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides import tables as guide_tables
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.wechat import connect

    giver, taker = new_guide(), new_guide()
    printed = ways.open_contact_way(giver["sk"], connect.wecom(), clock.now())
    member_id = new_contact(giver)
    early = start(giver, taker, resigned=True)
    sandbox.control("POST", "staff", {"userid": giver["userid"], "name": "G", "resigned": True})

    late = start(giver, taker, resigned=True)

    assert outcomes(giver, early) == {member_id: ("failed", "40097")}
    assert outcomes(giver, late) == {member_id: ("waiting", None)}
    assert guide_tables.guide(giver["sk"])["qr_code"] == printed["qr_code"]  # type: ignore[index]
    newcomer = bindings.bind(Person("mbr_newcomer"), giver["sk"], reason="badge", at=clock.now(), now=clock.now())
    assert newcomer.guide_id == taker["sk"]
    assert new_contact(taker, state=giver["state"])


def test_a_member_without_wecom_moves_at_once(new_guide: NewGuide, stack: str) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.members import service as members

    giver, taker = new_guide(), new_guide()
    now = clock.now() - 1_000
    member_id = members.recognise({"openid": f"o-transfer-{now}"}, channel_id=None, origin="test", now=now).member_id
    bindings.bind(Person(member_id), giver["sk"], reason="badge", at=now, now=now)
    show_in_rosters(member_id)

    transfer_id = start(giver, taker, member_ids=[member_id])

    assert outcomes(giver, transfer_id) == {member_id: ("done", None)}
    assert guide_of(member_id, clock.now()) == taker["sk"]
