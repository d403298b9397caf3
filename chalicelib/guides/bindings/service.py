"""Use cases of bindings: tie a member to a guide, ask whose a member was at a moment."""

from __future__ import annotations

from typing import Final

from chalicelib.guides.bindings import cache, rules, tables
from chalicelib.guides.bindings.rules import Binding, Claim, Policy
from chalicelib.guides.service import get_guide
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import not_found
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count
from chalicelib.runtime.settings import settings

_HEIRS: Final = 8


def bind(
    person: Person, guide_id: str, *, reason: str, at: Millis, now: Millis, store_id: str | None = None
) -> Binding:
    """Claim a person for a guide as of `at`; the binding in force as of `now`, which may be another guide's.

    `reason`: badge, contact_added, … `store_id`: where, else the guide's store. 404 for an unknown guide. What
    is printed of a guide who left leads to who took over.
    1 WRU and 1 RRU for each profile of the person; 1.5 RRU more when guide and policies are not kept.
    """
    guide = _standing(guide_id, at, now)
    claim = Claim(person.id, guide["sk"], store_id or guide.get("store_id"), at, reason)
    is_new = tables.put_claim(claim)
    found = bindings_of(person)
    if is_new and any((one.guide_id, one.at, one.reason) == (claim.guide_id, at, reason) for one in found):
        count("MemberBound", reason=reason)
    return rules.in_force(found, now) or found[-1]


def assign(member_id: str, guide_id: str, now: Millis) -> Binding:
    """Give a member to a guide by an operator's word, whatever the policy; 404 for an unknown one."""
    get_guide(guide_id)
    return bind(members.person(member_id), guide_id, reason="operator", at=now, now=now)


def binding_as_of(person: Person, at: Millis) -> Binding | None:
    """Whose the person was at a moment, by a strong read: 1 RRU, and 1 for each of the members merged into them."""
    return rules.in_force(bindings_of(person), at)


def bindings_of(person: Person) -> list[Binding]:
    """What the claims on all profiles of a person come to, oldest first: 1 RRU for each profile."""
    return rules.bindings_of(tables.claims(person.ids), cache.policies)


def get_policy() -> Policy:
    """When a guide may take over another's customer."""
    return tables.policy()


def set_policy(kind: str, days: int, groups: bool = False, *, now: Millis) -> Policy:
    """Change the binding policy for what is claimed from now on, in `cache_seconds`: then everybody knows it."""
    policy = rules.checked_policy(kind, days, groups)
    tables.put_policy(policy, now + settings().cache_seconds * SECOND)
    return policy


def history(member_id: str) -> list[Binding]:
    """Every guide that a member had, over all profiles of the person, oldest first; 404 for nobody."""
    return rules.intervals(bindings_of(members.person(member_id)))


def _standing(guide_id: str, at: Millis, now: Millis) -> Item:
    """The guide whose this claim is: who took over, when it is from after the guide left."""
    guide = cache.guide(guide_id, now)
    for _ in range(_HEIRS):
        if guide is None or not guide.get("heir") or at < guide["heir_at"]:
            break
        guide = cache.guide(guide["heir"], now)
    if guide is None:
        raise not_found("guide", guide_id)
    return guide
