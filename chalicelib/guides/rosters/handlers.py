"""Keeps the lists that guides read in step with claims and with profiles that come together or part."""

from __future__ import annotations

from typing import Final

from chalicelib.guides.bindings import cache
from chalicelib.guides.bindings import rules as binding_rules
from chalicelib.guides.bindings import tables as binding_tables
from chalicelib.guides.bindings.rules import Claim
from chalicelib.guides.rosters import tables
from chalicelib.kernel.ids import digest32
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.events.queues import Event

_A_TURN: Final = 10_000
"""More claims than anybody has: whose profiles came together or parted were seen later than all claims before."""


def follow(event: Event) -> list[Event]:
    """Write the lists of everybody who ever claimed the person; `binding.changed` when a claim changed anything.

    1 RRU for the profile, 1 for the claims of each, 1 WRU for each guide who ever claimed. All claims are read
    strongly and none is ever deleted: who saw most knows best, so deliveries may come twice and in any order.
    """
    person = members.person_or_erased(event.data["member_id"], strong=True)
    if person.state == "erased":
        return []
    claims = binding_tables.claims(person.ids)
    _show(person, claims)
    if event.type != "binding.claimed":
        return []
    return [changed for claim in claims if _is(claim, event) for changed in _changes(person, claim, claims)]


def _show(person: Person, claims: list[Claim]) -> None:
    bindings = binding_rules.bindings_of(claims, cache.policies)
    seen = len(claims) + _A_TURN * person.turns
    for guide_id in sorted({claim.guide_id for claim in claims}):
        holds = bindings[-1].guide_id == guide_id
        for member_id in person.ids:
            tables.put_bound(guide_id, member_id, holds and member_id == person.id, seen, bindings[-1].at)


def _is(claim: Claim, event: Event) -> bool:
    told = event.data
    return (claim.member_id, claim.guide_id, claim.at, claim.reason) == (
        told["member_id"],
        told["guide_id"],
        told["at"],
        told["reason"],
    )


def _changes(person: Person, claim: Claim, claims: list[Claim]) -> list[Event]:
    """`binding.changed` when the claim gave the member another guide, now or for a time in the past.

    `previous_guide_id`: whose they were at `at` without it; `current_guide_id`: whose they are until further notice.
    """
    without = binding_rules.bindings_of((one for one in claims if one is not claim), cache.policies)
    bindings = binding_rules.bindings_of(claims, cache.policies)
    if [(one.guide_id, one.at) for one in bindings] == [(one.guide_id, one.at) for one in without]:
        return []
    previous = binding_rules.in_force(without, claim.at)
    data = {
        "member_id": person.id,
        "guide_id": claim.guide_id,
        "store_id": claim.store_id,
        "previous_guide_id": previous.guide_id if previous else None,
        "at": claim.at,
        "reason": claim.reason,
        "current_guide_id": bindings[-1].guide_id,
    }
    key = digest32("binding.changed", claim.member_id, claim.at, claim.guide_id, claim.reason)
    return [Event(key, "binding.changed", claim.at, data)]
