"""What callers of the guides' routes send and get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chalicelib.runtime.http import Answer, Body


class NewGuide(Body):
    """Whom to make a guide: a WeCom userid that is activated and real-name verified."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    userid: Annotated[str, Meta(min_length=1, max_length=64)]
    store_id: str | None = None


class Guide(Answer):
    """A guide. `badge` is what a mini-program code carries, `qr_code` the picture that adds the WeCom contact."""

    guide_id: str
    name: str
    userid: str
    store_id: str | None
    badge: str
    qr_code: str | None
    created_at: str


class BindingPolicy(Body):
    """When a guide may take over a customer who has one."""

    kind: Literal["last_wins", "first_wins", "protected"]
    days: Annotated[int, Meta(ge=0, le=3650)] = 0


class StaffRole(Body):
    """What a staff member may do."""

    role: Literal["guide", "manager", "admin"]


class Staff(Answer):
    """A staff member."""

    userid: str
    role: str
    guide_id: str | None


class OAuthCode(Body):
    """What WeCom's OAuth redirect carried."""

    code: Annotated[str, Meta(min_length=1, max_length=512)]


class StaffToken(Answer):
    """A token for staff routes, valid `expires_in` seconds."""

    token: str
    expires_in: int
    role: str
    guide_id: str | None


class OwnMember(Answer):
    """A member in a guide's list."""

    member_id: str
    bound: bool
    bound_at: str | None
    followed: bool


class MemberProfile(Answer):
    """One of a guide's members, with what they did lately, newest first."""

    member_id: str
    channel_id: str
    channel_latest: str
    phone_masked: str | None
    joined_at: str
    guide_id: str | None
    bound_at: str | None
    bound_by: str | None
    timeline: list[dict[str, Any]]
    next_cursor: str | None


class JsConfig(Answer):
    """Signatures for `wx.config` and `wx.agentConfig` on the page `url`."""

    corp_id: str
    agent_id: int
    timestamp: int
    nonce_str: str
    signature: str
    agent_signature: str


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page that asks, as it was loaded."""

    url: Annotated[str, Meta(min_length=8, max_length=2048)]
