"""How people are told apart. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

Kind = Literal["unionid", "openid", "external_userid", "phone"]


STRENGTH: Final[tuple[Kind, ...]] = ("unionid", "openid", "external_userid", "phone")
"""Strongest first: a unionid is the same in every app of the brand, a phone changes hands."""


MOST_ALIASES: Final = 8


MOST_IDENTITIES: Final = 20


def by_strength(identities: Mapping[str, str]) -> list[tuple[Kind, str]]:
    """The identities that have a value, strongest first; ValueError for none or for an unknown kind."""
    unknown = set(identities) - set(STRENGTH)
    if unknown:
        raise ValueError(f"unknown kinds of identity: {', '.join(sorted(unknown))}")
    found = [(kind, identities[kind]) for kind in STRENGTH if identities.get(kind)]
    if not found:
        raise ValueError("a person needs at least one identity")
    return found


def is_identified(profile: Mapping[str, Any]) -> bool:
    """Whether a verified key (unionid, verified phone) says who this is: then no merge happens by itself."""
    return bool(profile.get("unionid") or profile.get("phone_verified_at"))


def may_merge_into_another(profile: Mapping[str, Any]) -> bool:
    """Whether this member may become an alias without anyone looking: nobody identified, no aliases of its own."""
    return not is_identified(profile) and not profile.get("aliases") and not profile.get("merged_into")


def who_leads_to(mine: Mapping[str, Any], other: Mapping[str, Any]) -> Literal["mine", "other"] | None:
    """Which of two members who share a verified key becomes an alias of the other one; None when a person decides.

    The one that nobody identified; `mine`, who is here, stays when both are so. Whom an operator separated stay apart.
    """
    separated = {str(mine["pk"]).removeprefix("MBR#"), str(other["pk"]).removeprefix("MBR#")}
    if separated & {*mine.get("apart", ()), *other.get("apart", ())}:
        return None
    if may_merge_into_another(other):
        return "other"
    return "mine" if may_merge_into_another(mine) else None


def channel_of(channel_id: str | None, origin: str) -> str:
    """Every member has a channel: the known one, else how they came (`mini_program`, `wecom_contact`, …)."""
    return channel_id or origin
