"""Bindings as rows that are never changed, and the policy that decides about the next one."""

from __future__ import annotations

from chalicelib.guides.bindings import rules
from chalicelib.guides.bindings.rules import Binding, Policy
from chalicelib.guides.models import BindingRow, PolicyRow
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def policy() -> Policy:
    """The binding policy in force: 0.5 RRU."""
    found = dynamo.get(PolicyRow, "POLICY", "BINDING")
    return rules.checked_policy(found["kind"], found["days"], found.get("groups", False)) if found else Policy()


def put_policy(chosen: Policy) -> None:
    """Replace the policy: the last writer's stands."""
    dynamo.update(
        PolicyRow,
        "POLICY",
        "BINDING",
        "SET #k = :kind, #d = :days, #g = :groups",
        names={"#k": "kind", "#d": "days", "#g": "groups"},
        values={":kind": chosen.kind, ":days": chosen.days, ":groups": chosen.groups},
    )


def bindings(member_id: str) -> list[Binding]:
    """All of a member's bindings, read strongly: 1 RRU per 4 KB, about 25 of them."""
    return [binding_of(row) for row in dynamo.every(BindingRow, f"BIND#{member_id}", strong=True)]


def append(binding: Binding, replaced: str | None, previous: str | None, policy_kind: str) -> bool:
    """Write a binding under its number; False when that number was taken meanwhile.

    Settles two guides at the same instant: each decided on what it read, so the second must read and decide again.
    """
    item = {
        "pk": f"BIND#{binding.member_id}",
        "sk": f"{binding.sequence:06d}",
        "g": binding.guide_id,
        "st": binding.store_id,
        "at": binding.at,
        "why": binding.reason,
        "pol": policy_kind,
        "prev": previous,
        "cur": binding.current_guide_id,
        "rep": replaced,
    }
    outcome = dynamo.put_once(BindingRow, item)
    # The same write that boto3 sent twice meets itself.
    return outcome.done or {name: outcome.item.get(name) for name in item} == item


def binding_of(item: Item) -> Binding:
    """A row as a value."""
    member_id = item["pk"].removeprefix("BIND#")
    return Binding(member_id, int(item["sk"]), item["g"], item.get("st"), item["at"], item["why"], item["cur"])
