"""What the routes of rosters take and answer."""

from __future__ import annotations

from typing import Any

from chalicelib.runtime.http import Answer


class OwnMember(Answer):
    """A member in a guide's list. `last_activity`: the newest entry of their timeline, such as scan or order."""

    member_id: str
    bound: bool
    bound_at: str | None
    followed: bool
    phone_masked: str | None
    last_activity: str
    last_activity_at: str


class Message(Answer):
    """A push that went to a member, of this month or the last; `at`: when the push began."""

    push_id: str
    title: str
    purpose: str
    at: str


class MemberProfile(Answer):
    """One of a guide's members, with what they did and what messages they got lately, newest first."""

    member_id: str
    channel_id: str
    channel_latest: str
    phone_masked: str | None
    joined_at: str
    guide_id: str | None
    bound_at: str | None
    bound_by: str | None
    messages: list[Message]
    timeline: list[dict[str, Any]]
    next_cursor: str | None
