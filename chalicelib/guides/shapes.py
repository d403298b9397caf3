"""What callers of the guides' routes send and get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from chalicelib.guides.duty import MOST_PER_DAY, Hours
from chalicelib.guides.rules import PolicyKind
from chalicelib.runtime.http import Answer, Body

MOST_MEMBERS = 1_000
Id = Annotated[str, Meta(min_length=1, max_length=64)]


class NewGuide(Body):
    """Whom to make a guide: a WeCom userid that is activated and real-name verified."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    userid: Annotated[str, Meta(min_length=1, max_length=64)]
    store_id: str | None = None


class Guide(Answer):
    """A guide. `badge` is what a mini-program code carries, `qr_code` the picture that adds the WeCom contact.

    `successor_id`: to whom both lead since the guide left.
    """

    guide_id: str
    name: str
    userid: str
    store_id: str | None
    badge: str
    qr_code: str | None
    successor_id: str | None
    created_at: str


class BindingPolicy(Body):
    """When a guide may take over a customer who has one; `groups`: joining a guide's group counts as a claim."""

    kind: PolicyKind
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    groups: bool = False


class StaffRole(Body):
    """What a staff member may do; a manager in the stores named."""

    role: Literal["guide", "manager", "admin"]
    store_ids: Annotated[list[Id], Meta(max_length=200)] = field(default_factory=list)


class Staff(Answer):
    """A staff member."""

    userid: str
    role: str
    guide_id: str | None
    store_ids: list[str]


class OperatorBinding(Body):
    """Whose a member shall be from now on."""

    guide_id: Id


class BindingInterval(Answer):
    """A member's guide from one moment up to another (null: until further notice), and how that came."""

    guide_id: str
    store_id: str | None
    reason: str
    from_at: str
    to_at: str | None


class History(Answer):
    """Who was a member's guide, oldest first; `guide_id` is the guide of now."""

    member_id: str
    guide_id: str | None
    bindings: list[BindingInterval]


class NewTransfer(Body):
    """To whom customers go: all of the guide's, or these. `resigned`: the guide has left WeCom."""

    to_guide_id: Id
    member_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_MEMBERS)] | None = None
    resigned: bool = False


class Transfer(Answer):
    """A transfer. `state`: asking (WeCom is told customer by customer), waiting (up to 24 h), done."""

    transfer_id: str
    guide_id: str
    to_guide_id: str
    resigned: bool
    state: str
    waiting: int
    done: int
    failed: int
    created_at: str


class TransferredMember(Answer):
    """One customer of a transfer: waiting, done or failed; `why`: WeCom's errcode or word."""

    member_id: str
    state: str
    why: str | None


class TransferDetail(Answer):
    """A transfer and a page of its customers."""

    transfer: Transfer
    items: list[TransferredMember]
    next_cursor: str | None


class WayGuide(Body):
    """A guide behind a shared code: within `hours` (none: always), up to `daily_cap` new customers a day."""

    guide_id: Id
    daily_cap: Annotated[int, Meta(ge=1, le=MOST_PER_DAY)] | None = None
    hours: Annotated[list[Hours], Meta(max_length=14)] = field(default_factory=list)


class NewContactWay(Body):
    """What is behind a shared code. `place`: where in the store it hangs. `backups`: who stands in when nobody may."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    guides: Annotated[list[WayGuide], Meta(min_length=1, max_length=100)]
    backups: Annotated[list[Id], Meta(max_length=100)] = field(default_factory=list)
    store_id: Id | None = None
    place: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    channel_id: Id | None = None


class ContactWay(Answer):
    """A shared code. `on_duty`: the guides whom WeCom offers to who scans it now."""

    contact_way_id: str
    name: str
    store_id: str | None
    place: str | None
    channel_id: str | None
    guides: list[WayGuide]
    backups: list[str]
    on_duty: list[str]
    qr_code: str | None
    created_at: str


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
