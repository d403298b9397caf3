"""Bindings and rosters on a real table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY
from chalicelib.members.service import Person

NOW = 1_767_225_600_000


@pytest.fixture
def guides(stack: str) -> list[str]:
    """Three guides of the brand."""
    from chalicelib.guides import service as guide_service
    from chalicelib.kernel import ids

    made = []
    for _ in range(3):
        guide_id = ids.new_id("guide", NOW)
        guide_service.create_guide(guide_id, name="G", userid=guide_id, store_id=None, now=NOW)
        made.append(guide_id)
    return made


def member() -> str:
    """A member's id."""
    from chalicelib.members import service as members

    known = {"openid": ids.new_id("visit", NOW)}
    return members.recognise(known, channel_id=None, origin="test", now=NOW).member_id


def bind(member_id: str, guide_id: str, at: int, **more: Any) -> Any:
    from chalicelib.guides.bindings import service as bindings

    return bindings.bind(Person(member_id), guide_id, **{"reason": "badge", "at": at, "now": NOW + 10_000, **more})


def test_a_member_has_the_guide_of_the_moment(guides: list[str]) -> None:
    from chalicelib.guides.bindings import service as bindings

    member_id = member()
    bind(member_id, guides[0], NOW)
    bind(member_id, guides[1], NOW + 100)

    found = [bindings.binding_as_of(Person(member_id), at) for at in (NOW - 1, NOW + 99, NOW + 100)]

    assert [binding and binding.guide_id for binding in found] == [None, guides[0], guides[1]]


def test_guides_at_the_same_instant_each_make_their_claim(guides: list[str]) -> None:
    from chalicelib.guides.bindings import service as bindings

    member_id = member()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda place: bind(member_id, guides[place], NOW + place), range(3)))

    assert [row.guide_id for row in bindings.history(member_id)] == guides


def test_an_event_of_the_past_leaves_the_present_guide(guides: list[str]) -> None:
    from chalicelib.guides.bindings import service as bindings

    member_id = member()
    bind(member_id, guides[0], NOW + 100)

    late = bind(member_id, guides[1], NOW, reason="contact_added")

    assert late.guide_id == guides[0]
    past = bindings.binding_as_of(Person(member_id), NOW + 50)
    assert past is not None
    assert past.guide_id == guides[1]


def test_the_same_claim_delivered_twice_is_one_row(guides: list[str]) -> None:
    from chalicelib.guides.bindings import tables as binding_tables

    member_id = member()

    for _ in range(3):
        bind(member_id, guides[0], NOW, reason="contact_added")

    assert len(binding_tables.claims([member_id])) == 1


def claims_told(member_id: str) -> list[Any]:
    """What the stream tells of a member's claims, in their order."""
    from chalicelib.guides import events
    from chalicelib.guides import models as guide_models
    from chalicelib.runtime import dynamo
    from chalicelib.runtime.events.functions import Change

    rows = dynamo.every(guide_models.BindingRow, f"BIND#{member_id}")
    return [event for row in rows for event in events.events_of(Change("e", {}, row, "1", NOW))]


def test_the_roster_follows_the_claims_in_any_order(guides: list[str]) -> None:
    from chalicelib.guides.rosters import handlers
    from chalicelib.guides.rosters import service as rosters
    from chalicelib.guides.rosters import tables as rosters_tables

    member_id = member()
    for place in range(3):
        bind(member_id, guides[place], NOW + place)
    told = claims_told(member_id)

    changed = [change for event in [*reversed(told), *told] for change in handlers.follow(event)]

    assert {change.event_id: change.data["previous_guide_id"] for change in changed[3:]} == {
        change.event_id: previous for change, previous in zip(changed[3:], [None, guides[0], guides[1]], strict=True)
    }
    assert {change.event_id for change in changed[:3]} == {change.event_id for change in changed[3:]}
    lists = [rosters.roster(guide_id, 10, None)[0] for guide_id in guides]
    assert [[row["sk"] for row in rows] for rows in lists] == [[], [], [member_id]]
    assert rosters_tables.roster_row(guides[0], member_id) is not None


def test_a_claim_that_does_not_hold_changes_nothing(guides: list[str]) -> None:
    from chalicelib.guides.rosters import handlers

    member_id = member()
    bind(member_id, guides[0], NOW)
    bind(member_id, guides[0], NOW + 5)

    changed = [handlers.follow(event) for event in claims_told(member_id)]

    assert [len(told) for told in changed] == [1, 0]


def test_a_writer_who_saw_less_changes_no_list(guides: list[str]) -> None:
    from chalicelib.guides.rosters import tables as rosters_tables

    for seen, bound in ((2, True), (1, False), (2, False)):
        rosters_tables.put_bound(guides[0], "mbr_late", bound, seen, NOW + seen)

    row = rosters_tables.roster_row(guides[0], "mbr_late") or {}
    assert (row["bound"], row["bat"]) == (True, NOW + 2)


def test_a_roster_is_paged_without_gaps(guides: list[str]) -> None:
    from chalicelib.guides.rosters import service as rosters
    from chalicelib.guides.rosters import tables as rosters_tables

    members = {f"mbr_page{number}" for number in range(23)}
    for member_id in members:
        rosters_tables.put_bound(guides[0], member_id, True, 1, NOW)

    found: list[str] = []
    cursor: str | None = None
    while True:
        rows, cursor = rosters.roster(guides[0], 5, cursor)
        found.extend(row["sk"] for row in rows)
        if cursor is None:
            break

    assert len(found) == 23
    assert set(found) == members


def test_a_userid_is_one_guide(guides: list[str]) -> None:
    from chalicelib.guides import service as guide_service
    from chalicelib.guides import tables as guide_tables
    from chalicelib.kernel.errors import SiyuError

    userid = guide_tables.guide(guides[0])["userid"]  # type: ignore[index]

    with pytest.raises(SiyuError, match="belongs to a guide"):
        guide_service.create_guide("gde_another", name="B", userid=userid, store_id=None, now=NOW)


@pytest.mark.parametrize("kind", ["protected", "first_wins", "exclusive"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as it was", "in reverse"])
def test_the_policy_of_the_claims_time_decides_in_whatever_order_they_come(
    guides: list[str], kind: str, order: tuple[int, int]
) -> None:
    from chalicelib.guides.bindings import service as bindings

    # A year in which no other test lives: policies stay.
    now = NOW - (2_000 + 10 * ["protected", "first_wins", "exclusive"].index(kind)) * DAY
    member_id = member()
    bindings.set_policy(kind, 30, now=now)
    bindings.set_policy("last_wins", 0, now=now + DAY)

    for place in order:
        bind(member_id, guides[place], now + place * 30_000, reason="contact_added", now=now + DAY)

    held = bindings.binding_as_of(Person(member_id), now + DAY)
    assert held is not None
    assert held.guide_id == guides[0]
    assert bind(member_id, guides[2], now + DAY, now=now + DAY).guide_id == guides[2]


def test_a_binding_costs_one_write_and_no_read_of_a_shared_row_when_kept(
    guides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.settings import settings

    monkeypatch.setenv("SIYU_CACHE_SECONDS", "30")
    settings.cache_clear()
    bind(member(), guides[0], NOW)
    member_id = member()
    calls: list[str] = []
    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="bind-cost")
    try:
        bind(member_id, guides[0], NOW)
    finally:
        events.unregister("after-call.dynamodb", unique_id="bind-cost")
        monkeypatch.undo()
        settings.cache_clear()

    assert calls == ["PutItem", "Query"]
