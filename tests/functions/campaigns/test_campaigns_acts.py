"""What other areas' tables tell becomes acts: their streams' events, the queue's consumer, the participant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.attribution import events as order_events
from chalicelib.campaigns.participants import service as participants
from chalicelib.campaigns.rules import Campaign
from chalicelib.codes import events as code_events
from chalicelib.guides import events as guide_events
from chalicelib.kernel import clock
from chalicelib.members import events as member_events
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.routing import queues_of_stream
from tests.world import delivery


def told(events: Any, kind: str) -> dict[str, Any]:
    (event,) = [one for one in events if one.type == kind]
    return dict(event.data)


def change(new: dict[str, Any], old: dict[str, Any] | None = None) -> Change:
    return Change("e1", old or {}, new, "1", clock.now())


def consume(kind: str, data: dict[str, Any]) -> None:
    from functions.campaigns_acts import campaigns_acts

    assert campaigns_acts(delivery(kind, **data), None) == {"batchItemFailures": []}


def test_the_streams_send_acts_to_the_queue() -> None:
    for area in ("attribution", "codes", "guides", "members"):
        assert "campaigns-acts" in queues_of_stream(area)


def test_a_members_scan_of_an_active_code_earns_a_draw(
    make_campaign: Callable[..., Campaign], member_with_wallet: Callable[[], str]
) -> None:
    campaign, member_id = make_campaign(act="scan"), member_with_wallet()
    participants.join(campaign.campaign_id, member_id, None, clock.now())
    row = {"pk": "C#CODE1", "sk": "C", "r0": "v1", "t0": clock.now(), "k": "active", "m": member_id}
    row |= {"b": "bat_1", "p": "prd_1", "s": "", "n": 1, "f": "v1", "ft": clock.now()}

    consume("scan.genuine", told(code_events.events_of(change(row)), "scan.genuine"))

    assert participants.my_part(campaign.campaign_id, member_id, clock.now()).draws == 1
    nobody = [*code_events.events_of(change({**row, "m": ""})), *code_events.events_of(change({**row, "k": "void"}))]
    assert not [event for event in nobody if event.type == "scan.genuine"]


def test_a_contact_that_begins_and_ends_is_told_with_the_guide() -> None:
    row = {"pk": "ROSTER#gde_1#2", "sk": "mbr_1", "followed": True, "fct": 1_800_000_000}

    began = told(guide_events.events_of(change(row)), "contact.changed")
    ended = told(guide_events.events_of(change({**row, "followed": False}, row)), "contact.changed")

    assert began == {"member_id": "mbr_1", "guide_id": "gde_1", "followed": True}
    assert ended["followed"] is False
    assert list(guide_events.events_of(change({**row, "bound": True}, row))) == []


def test_a_merge_is_told_of_who_stands_for_both() -> None:
    row = {"pk": "MBR#mbr_1", "sk": "PROFILE", "channel_id": "c", "origin": "o", "created_at": 1}

    events = list(member_events.events_of(change({**row, "aliases": {"mbr_2"}}, row)))

    assert told(events, "member.merged") == {"member_id": "mbr_1"}
    assert "member.merged" not in [event.type for event in member_events.events_of(change({**row, "x": 1}, row))]


def test_a_frozen_order_tells_when_it_was_paid_and_a_refund_what_is_left() -> None:
    order = {"pk": "O#ORD1", "sk": "shp_1", "cr": [], "pv": 1, "rest": 100, "pa": 5, "at": 6, "m": "mbr_1", "ch": "c"}
    frozen = {**order, "fz": 7}
    refunded = {**frozen, "rest": 0, "rf_x": {"t": 9}}

    facts = told(order_events.events_of(change(frozen, order)), "order.frozen")
    back = told(order_events.events_of(change(refunded, frozen)), "order.refunded")

    assert (facts["paid_at"], facts["rest_fen"], back["rest_fen"], back["recorded_at"]) == (5, 100, 0, 9)


def test_a_merge_event_of_somebody_who_has_left_is_no_failure(stack: str) -> None:
    consume("member.merged", {"member_id": "mbr_unknown"})
