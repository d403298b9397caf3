"""Use cases of bindings: tie a member to a guide, ask whose a member was at a moment."""

from __future__ import annotations

from typing import Final

from chalicelib.guides.bindings import cache, rules, tables
from chalicelib.guides.bindings.rules import Binding, Policy
from chalicelib.guides.service import get_guide
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count

_TRIES: Final = 8


_HEIRS: Final = 8


def bind(
    person: Person, guide_id: str, *, reason: str, at: Millis, now: Millis, store_id: str | None = None
) -> Binding:
    """Tie a person to a guide as of `at`, if the policy allows; the binding in force as of `now`.

    `reason`: badge, contact_added, … `store_id`: where, else the guide's store. 404 for an unknown guide. What
    is printed of a guide who left leads to who took over.
    1 WRU and 1 RRU, 2 RRU when guide and policy are not kept, if nobody binds the same member at the same instant.
    """
    guide, policy = _standing(guide_id, at, now)
    guide_id = guide["sk"]
    for _ in range(_TRIES):
        known = _known(person)
        if not rules.may_bind(known, guide_id, reason, at, policy):
            return rules.in_force(known, now) or known[-1]
        made = _made(known, person.id, guide_id, store_id or guide.get("store_id"), reason, at)
        if _append(known, made, policy):
            count("MemberBound", reason=reason)
            return rules.in_force([*known, made], now) or made
    raise SiyuError("conflict", "Several guides are binding this member at the same moment. Try again.")


def assign(member_id: str, guide_id: str, now: Millis) -> Binding:
    """Give a member to a guide by an operator's word, whatever the policy; 404 for an unknown one."""
    get_guide(guide_id)
    return bind(members.person(member_id), guide_id, reason="operator", at=now, now=now)


def binding_as_of(person: Person, at: Millis) -> Binding | None:
    """Whose the person was at a moment, by a strong read: 1 RRU, and 1 for each of the members merged into them."""
    return rules.in_force(_known(person), at)


def get_policy() -> Policy:
    """When a guide may take over another's customer."""
    return tables.policy()


def set_policy(kind: str, days: int, groups: bool = False) -> Policy:
    """Change the binding policy for the bindings to come, within `cache_seconds`; what was bound stays."""
    policy = rules.checked_policy(kind, days, groups)
    tables.put_policy(policy)
    return policy


def history(member_id: str) -> list[Binding]:
    """Every binding of a member in the order of writing, also of those merged into them; 404 for nobody."""
    return _known(members.person(member_id))


def _known(person: Person) -> list[Binding]:
    return [row for member_id in person.ids for row in tables.bindings(member_id)]


def _standing(guide_id: str, at: Millis, now: Millis) -> tuple[Item, Policy]:
    """The guide whose this claim is: who took over, when it is from after the guide left."""
    guide, policy = cache.guide_and_policy(guide_id, now)
    for _ in range(_HEIRS):
        if guide is None or not guide.get("heir") or at < guide["heir_at"]:
            break
        guide, policy = cache.guide_and_policy(guide["heir"], now)
    if guide is None:
        raise not_found("guide", guide_id)
    return guide, policy


def _made(
    known: list[Binding], member_id: str, guide_id: str, store_id: str | None, reason: str, at: Millis
) -> Binding:
    sequence = 1 + sum(row.member_id == member_id for row in known)
    made = Binding(member_id, sequence, guide_id, store_id, at, reason, guide_id)
    latest = rules.newest([*known, made])
    current = latest.guide_id if latest else guide_id
    return Binding(member_id, made.sequence, guide_id, store_id, at, reason, current)


def _append(known: list[Binding], made: Binding, policy: Policy) -> bool:
    replaced = rules.newest(known)
    previous = rules.in_force(known, made.at)
    return tables.append(
        made,
        replaced.guide_id if replaced else None,
        previous.guide_id if previous else None,
        policy.kind,
    )
