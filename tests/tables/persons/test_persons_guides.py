"""One guide for one person: claims, lists and access, whichever profile they are about."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.guides import models
from chalicelib.guides.bindings import service as bindings
from chalicelib.guides.events import events_of
from chalicelib.guides.rosters import handlers, queries
from chalicelib.guides.rosters import service as rosters
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.kernel.clock import DAY
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.runtime import dynamo
from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event

NOW = 1_767_225_600_000


def claim(member_id: str, guide_id: str, at: int, reason: str = "badge") -> str:
    """The guide of the moment after a claim, told to the lists."""
    person = members.person(member_id)
    held = bindings.bind(person, guide_id, reason=reason, at=at, now=at)
    for row in dynamo.every(models.BindingRow, f"BIND#{person.id}"):
        for event in events_of(Change("e", {}, row, "1", at)):
            handlers.follow(event)
    return held.guide_id


def merge_is_told(member_id: str) -> None:
    """What the members' stream tells of a person whose profiles came together."""
    handlers.follow(Event("e", "member.merged", NOW, {"member_id": member_id}))


def listed(guide_id: str) -> list[tuple[str, bool, bool]]:
    """Whom a guide's list shows: (member id, bound, followed)."""
    rows, _ = queries.own_members(guide_id, 100, None)
    return [(row.profile["pk"], bool(row.roster["bound"]), bool(row.roster.get("followed"))) for row in rows]


@pytest.fixture(params=["first_wins", "protected", "exclusive"])
def policy_at(request: pytest.FixtureRequest, stack: str) -> int:
    """A moment at which such a policy is in force, in years of their own: policies stay."""
    at: int = NOW - (3_000 + 10 * ["first_wins", "protected", "exclusive"].index(request.param)) * DAY
    bindings.set_policy(request.param, 30, now=at)
    bindings.set_policy("last_wins", 0, now=at + DAY)
    return at + 1_000


def test_who_may_keep_a_customer_keeps_the_whole_person(customer: Any, guides: list[str], policy_at: int) -> None:
    claim(customer.first, guides[0], policy_at)

    held = claim(customer.later(), guides[1], policy_at + 1_000)

    assert held == guides[0]
    assert [row.guide_id for row in bindings.history(customer.first)] == [guides[0]]


def test_a_person_is_bound_on_one_list_only(customer: Any, guides: list[str]) -> None:
    claim(customer.first, guides[0], NOW)
    stands = customer.later()
    merge_is_told(stands)

    claim(stands, guides[1], NOW + 1_000)

    assert [listed(guide_id) for guide_id in guides] == [[], [(f"MBR#{stands}", True, False)]]


def test_a_merge_alone_brings_the_lists_in_step(customer: Any, guides: list[str]) -> None:
    claim(customer.first, guides[0], NOW)
    stands = customer.later()

    merge_is_told(stands)

    assert listed(guides[0]) == [(f"MBR#{stands}", True, False)]
    bound = [rosters_tables.roster_row(guides[0], member_id) for member_id in members.person(stands).ids]
    assert [bool(row and row["bound"]) for row in bound] == [True, False][: len(bound)]


def test_a_guide_whom_the_customer_left_has_no_access(customer: Any, guides: list[str]) -> None:
    rosters_tables.put_followed(guides[0], members.person(customer.first).id, "contact", True, 100)
    stands = customer.later()
    rosters_tables.put_followed(guides[0], stands, "contact", False, 200)

    with pytest.raises(SiyuError, match="member"):
        rosters.member_of_guide(guides[0], stands, NOW)

    assert listed(guides[0]) == []


def test_a_guide_who_is_followed_and_bound_sees_one_person(customer: Any, guides: list[str]) -> None:
    rosters_tables.put_followed(guides[0], members.person(customer.first).id, "contact", True, 100)
    stands = customer.later()

    claim(stands, guides[0], NOW)

    assert listed(guides[0]) == [(f"MBR#{stands}", True, True)]


def test_who_parts_again_is_the_customer_of_their_own_guide(guides: list[str]) -> None:
    from tests.tables.persons.conftest import new_customer

    person = new_customer("merged between")
    claim(person.first, guides[0], NOW)
    stands = person.later()
    merge_is_told(stands)
    claim(stands, guides[1], NOW + 1_000)

    members.unmerge(person.first, NOW + 2_000)
    for one in (person.first, stands):
        handlers.follow(Event("e", "member.parted", NOW, {"member_id": one}))

    assert [listed(guide_id) for guide_id in guides] == [
        [(f"MBR#{person.first}", True, False)],
        [(f"MBR#{stands}", True, False)],
    ]


def test_the_stream_tells_that_profiles_parted(guides: list[str]) -> None:
    from chalicelib.members.events import events_of as members_events

    row = {"pk": "MBR#mbr_1", "sk": "PROFILE", "apart": {"mbr_2"}}
    old = {"pk": "MBR#mbr_1", "sk": "PROFILE"}

    told = [event.type for event in members_events(Change("e", old, row, "1", NOW))]

    assert told == ["member.parted", "member.changed"]


@pytest.mark.parametrize("seed", range(4))
def test_lists_converge_while_profiles_come_together(guides: list[str], seed: int) -> None:
    from tests.tables.persons.conftest import new_customer

    person, rng = new_customer("merged between"), random.Random(seed)
    told: list[Event] = []
    for number in range(8):
        member_id = person.later() if number == 4 else person.first
        at = NOW + rng.randrange(1_000)
        bindings.bind(members.person(member_id), guides[number % 2], reason="badge", at=at, now=at)
        facts = {"member_id": members.person(member_id).id, "guide_id": guides[number % 2], "at": at, "reason": "badge"}
        told.append(Event(f"e{number}", "binding.claimed", at, facts))
        if rng.random() < 0.5:
            handlers.follow(rng.choice(told))
    stands = members.person(person.first)
    told = [*told, *told, Event("m", "member.merged", NOW, {"member_id": stands.id})]
    rng.shuffle(told)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(handlers.follow, told))

    holder = bindings.binding_as_of(stands, NOW + 1_000)
    assert holder is not None
    expected = [[(f"MBR#{stands.id}", True, False)] if guide_id == holder.guide_id else [] for guide_id in guides]
    assert [listed(guide_id) for guide_id in guides] == expected
