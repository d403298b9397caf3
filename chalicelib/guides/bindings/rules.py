"""Who is bound to whom. Pure functions of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.errors import SiyuError

DECIDED: Final = frozenset({"transferred", "operator"})
"""Reasons of a binding that somebody decided: no policy stands against them."""


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


class DatedPolicy(NamedTuple):
    """A policy and since when it decides."""

    since: Millis
    policy: Policy


class Claim(msgspec.Struct, frozen=True):
    """That a guide says at a moment: this is my customer. It holds or does not, by the claims of that time."""

    member_id: str
    guide_id: str
    store_id: str | None
    at: Millis
    reason: str


class Binding(Claim, frozen=True):
    """A claim that took hold: a member's guide since `at`, until the next binding's moment."""


def bindings_of(claims: Iterable[Claim], policies: Callable[[], Sequence[DatedPolicy]]) -> list[Binding]:
    """What a person's claims come to, oldest first.

    It depends on what was claimed and when, not on the order in which it became known or how often: a claim without a
    holder takes hold, one by the holder says nothing new, what somebody `DECIDED` stands, and else the policy of the
    claim's own time decides. `policies` is asked only when several guides claim.
    """
    found: list[Binding] = []
    for claim in sorted(claims, key=_order):
        if not found or (claim.guide_id != found[-1].guide_id and _takes_over(claim, found[-1], policies)):
            found.append(Binding(claim.member_id, claim.guide_id, claim.store_id, claim.at, claim.reason))
    return found


def in_force(bindings: Sequence[Binding], at: Millis) -> Binding | None:
    """The binding that holds at a moment: the last that began by then."""
    return next((binding for binding in reversed(bindings) if binding.at <= at), None)


def intervals(bindings: Sequence[Binding]) -> list[Binding]:
    """The bindings that ever held for a time, oldest first: one row per change of guide."""
    found: list[Binding] = []
    for binding, following in zip(bindings, [*bindings[1:], None], strict=False):
        ends_at_once = following is not None and following.at == binding.at
        if not ends_at_once and (not found or found[-1].guide_id != binding.guide_id):
            found.append(binding)
    return found


def policy_at(policies: Iterable[DatedPolicy], at: Millis) -> Policy:
    """The policy in force at a moment; before the first one: `last_wins`."""
    known = (dated for dated in policies if dated.since <= at)
    return max(known, key=lambda dated: dated.since, default=DatedPolicy(0, Policy())).policy


def _order(claim: Claim) -> tuple[Millis, bool, str, str]:
    return claim.at, claim.reason in DECIDED, claim.guide_id, claim.reason


def _takes_over(claim: Claim, holder: Binding, policies: Callable[[], Sequence[DatedPolicy]]) -> bool:
    if claim.reason in DECIDED:
        return True
    policy = policy_at(policies(), claim.at)
    if policy.kind == "protected":
        return claim.at >= holder.at + policy.days * DAY
    return policy.kind == "last_wins"


def checked_policy(kind: str, days: int, groups: bool = False) -> Policy:
    """A binding policy; 400 for one that says nothing sensible."""
    if kind not in get_args(PolicyKind) or not 0 <= days <= 3650:
        raise SiyuError(
            "invalid_parameter", f"kind must be one of {', '.join(get_args(PolicyKind))}, and days 0 to 3650."
        )
    return Policy(kind, days, groups)  # type: ignore[arg-type]
