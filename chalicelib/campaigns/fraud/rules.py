"""Rules that put a participant under review (风控): pure functions of what was seen. Nobody is refused by a machine:
an operator releases or rejects, with the rule and its inputs before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from chalicelib.kernel.clock import MINUTE, SECOND, Millis

DEFAULTS: Final[dict[str, int]] = {
    "per_device": 2,
    "per_address_per_hour": 60,
    "same_person": 1,
    "constant_gaps": 5,
    "throw_away": 3,
    "genuine_act": 0,
}
"""What `"default"` means.

`per_device`, `per_address_per_hour`: so many participants, the next one is looked at. `same_person`: one identity or
payee, one participant. `constant_gaps`: so many equal gaps in a row along a chain. `throw_away`: so many invitees who
left, when they are a third of all. `genuine_act`: who only joined and was never seen otherwise is looked at.
0 turns a rule off.
"""
_GAP_TOLERANCE: Final = SECOND
_LONGEST_GAP: Final = 10 * MINUTE
_LEFT_SHARE: Final = 3


class Finding(msgspec.Struct, frozen=True):
    """Why somebody is under review."""

    rule: str
    inputs: dict[str, Any]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a participant when the rules are asked. Lists name participants."""

    participant_id: str
    on_device: Sequence[str] = ()
    """Participants who joined from the same device, this one included."""
    at_address: Sequence[str] = ()
    """Participants who joined from the same address within the hour, this one included."""
    same_identity: Mapping[str, Sequence[str]] = {}
    """Other participants who have one of this person's identities: openid, unionid, phone, payee."""
    chain_joined_at: Sequence[Millis] = ()
    """When this participant, their inviter, that one's inviter … joined; empty for a trusted address."""
    invites: int = 0
    left: int = 0
    """Of the invitees of this participant: those who count, those who left within the waiting period."""
    is_known_otherwise: bool = True
    """Whether the person was ever seen doing anything else than joining."""


def finding_of(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    """The first rule that applies, None when nothing is odd."""
    rules = (_same_person, _device, _address, _gaps, _throw_away, _no_act)
    return next((found for rule in rules if (found := rule(limits, facts))), None)


def gaps(joined_at: Sequence[Millis]) -> list[Millis]:
    """The times between one joining and the next one up the chain."""
    return [later - earlier for later, earlier in pairwise(joined_at)]


def _same_person(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    if not limits.get("same_person") or not facts.same_identity:
        return None
    shared = {kind: sorted(others) for kind, others in sorted(facts.same_identity.items())}
    return Finding("same_person", {"shared": shared})


def _device(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    most = limits.get("per_device", 0)
    if not most or len(facts.on_device) <= most:
        return None
    return Finding("per_device", {"participants": _others(facts.on_device, facts), "limit": most})


def _address(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    most = limits.get("per_address_per_hour", 0)
    if not most or len(facts.at_address) <= most:
        return None
    inputs = {"participants": len(facts.at_address), "limit": most, "others": _others(facts.at_address, facts)[:20]}
    return Finding("per_address_per_hour", inputs)


def _gaps(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    wanted = limits.get("constant_gaps", 0)
    found = gaps(facts.chain_joined_at)[:wanted]
    if not wanted or len(found) < wanted or max(found) > _LONGEST_GAP:
        return None
    mean = sum(found) // len(found)
    # Within a second or a twentieth: people do not pass an invite on like clockwork.
    if max(found) - min(found) > max(_GAP_TOLERANCE, mean // 20):
        return None
    return Finding("constant_gaps", {"gaps_ms": found})


def _throw_away(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    least = limits.get("throw_away", 0)
    if not least or facts.left < least or facts.left * _LEFT_SHARE < facts.left + facts.invites:
        return None
    return Finding("throw_away", {"left": facts.left, "stayed": facts.invites})


def _no_act(limits: Mapping[str, int], facts: Facts) -> Finding | None:
    if not limits.get("genuine_act") or facts.is_known_otherwise:
        return None
    return Finding("genuine_act", {"acts": 0})


def _others(participants: Sequence[str], facts: Facts) -> list[str]:
    return sorted(set(participants) - {facts.participant_id})
