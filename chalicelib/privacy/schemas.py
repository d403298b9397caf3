"""What the routes of privacy take and answer."""

from __future__ import annotations

from typing import Any

from chalicelib.members.schemas import Me
from chalicelib.runtime.http import Answer


class Erasing(Answer):
    """`erasing` while copies may be left in queues (16 days at most), then `erased`."""

    state: str
    asked_at: str


class Export(Answer):
    """Everything that is kept of the person, over all their profiles; `next_cursor` leads to more of the timeline."""

    member: Me
    member_ids: list[str]
    phone: str | None
    unionid: str | None
    external_userid: str | None
    accounts: list[str]
    origin: str
    consent_history: list[dict[str, Any]]
    bindings: list[dict[str, Any]]
    tags: list[str]
    touches: list[dict[str, Any]]
    packets: list[dict[str, Any]]
    gifts: list[dict[str, Any]]
    payouts: list[dict[str, Any]]
    pushes: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    next_cursor: str | None
