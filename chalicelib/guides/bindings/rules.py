"""Who is bound to whom. Pure functions of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import msgspec

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.errors import SiyuError

DECIDED: Final = frozenset({"transferred", "operator"})
"""Reasons of a binding that somebody decided: no policy stands against them."""


OBSERVED: Final = frozenset({"contact_added", "group_joined"})
"""Reasons that reach us as events, late and out of order."""


PolicyKind = Literal["last_wins", "first_wins", "protected", "exclusive"]


class Policy(msgspec.Struct, frozen=True):
    """When a guide may take over a customer who has one.

    `last_wins`: whoever comes last. `first_wins`: nobody. `protected`: not within `days` of the last binding.
    `exclusive`: nobody, and codes made from then on tell WeCom that a customer adds one guide only. `groups`: who
    joins a guide's group claims to be the guide's customer.
    """

    kind: PolicyKind = "last_wins"
    days: int = 0
    groups: bool = False


class Binding(msgspec.Struct, frozen=True):
    """A member's guide since `at`, until the next binding's moment."""

    member_id: str
    sequence: int
    guide_id: str
    store_id: str | None
    at: Millis
    reason: str
    current_guide_id: str
    """Who the member's guide was once this row was written: another than `guide_id` when it told of the past."""


def in_force(bindings: Sequence[Binding], at: Millis) -> Binding | None:
    """The binding that holds at a moment: of those that began by then the latest; of two at once the same one always.

    It depends on what happened and when, not on the order in which it became known.
    """
    return newest([binding for binding in bindings if binding.at <= at])


def newest(bindings: Sequence[Binding]) -> Binding | None:
    """The binding that holds until further notice."""
    return max(bindings, key=lambda binding: (binding.at, binding.guide_id, binding.sequence), default=None)


def intervals(bindings: Sequence[Binding]) -> list[Binding]:
    """The bindings that ever held, oldest first: each until the next one's moment. One row per change of guide."""
    found: list[Binding] = []
    for at in sorted({binding.at for binding in bindings}):
        held = in_force(bindings, at)
        if held and (not found or found[-1].guide_id != held.guide_id):
            found.append(held)
    return found


def may_bind(bindings: Sequence[Binding], guide_id: str, reason: str, at: Millis, policy: Policy) -> bool:
    """Whether a guide's claim on a customer is written down.

    The same claim twice never is. What was `OBSERVED` always is under `last_wins`, also by the guide in
    force: a colleague's event that arrives late may fall between the two. Other repeats say nothing new.
    Under the other policies a claim from before the newest binding is refused: what was decided stands.
    """
    if any((known.guide_id, known.at, known.reason) == (guide_id, at, reason) for known in bindings):
        return False
    holder = in_force(bindings, at)
    if holder is None and not bindings:
        return True
    if holder is not None and holder.guide_id == guide_id and reason not in OBSERVED:
        return False
    if policy.kind == "last_wins" or reason in DECIDED:
        return True
    last = newest(bindings)
    if last is None or last.guide_id == guide_id or at < last.at:
        return False
    return policy.kind == "protected" and at >= last.at + policy.days * DAY


def checked_policy(kind: str, days: int, groups: bool = False) -> Policy:
    """A binding policy; 400 for one that says nothing sensible."""
    if kind not in get_args(PolicyKind) or not 0 <= days <= 3650:
        raise SiyuError(
            "invalid_parameter", f"kind must be one of {', '.join(get_args(PolicyKind))}, and days 0 to 3650."
        )
    return Policy(kind, days, groups)  # type: ignore[arg-type]
