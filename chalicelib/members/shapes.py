"""What callers of the members' routes send and get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body

Code = Annotated[str, Meta(min_length=1, max_length=512)]


class Login(Body):
    """What wx.login gave, and what brought the person here."""

    js_code: Code
    scan_id: Annotated[str, Meta(max_length=256)] | None = None
    invite: Annotated[str, Meta(max_length=64)] | None = None
    badge: Annotated[str, Meta(max_length=64)] | None = None


class Me(Answer):
    """A member as the member sees it."""

    member_id: str
    channel_id: str
    channel_latest: str
    guide_id: str | None
    phone_masked: str | None
    openid: str | None
    consents: dict[str, dict[str, Any]]
    created_at: str


class LoggedIn(Answer):
    """A token for the routes of members, valid `expires_in` seconds."""

    token: str
    expires_in: int
    is_new: bool
    member: Me


class PhoneCode(Body):
    """The code of the phone-number button."""

    phone_code: Code


class Consent(Body):
    """An answer to one purpose, to a version of its text."""

    purpose: str
    granted: bool
    version: Annotated[str, Meta(min_length=1, max_length=32)]


class Badge(Body):
    """A guide's printed token."""

    badge: Annotated[str, Meta(min_length=1, max_length=64)]


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


class Side(Answer):
    """One of two members who may be one person; `identities` are the kinds of keys it has."""

    member_id: str
    created_at: str
    origin: str
    channel_id: str
    phone_masked: str | None
    identities: list[str]
    accounts: list[str]


class Review(Answer):
    """Two members and why they may be one person. Fewer than two sides: the others are gone."""

    review_id: str
    reason: str
    created_at: str
    members: list[Side]


class Decision(Body):
    """`merge` or `keep_apart`. `survivor`: the member that stands for both, by itself the older one."""

    decision: Literal["merge", "keep_apart"]
    survivor: str | None = None


class Decided(Answer):
    """What was decided; `member_id` stands for both when they were merged."""

    review_id: str
    decision: str
    member_id: str | None


class NewAccount(Body):
    """An account in a shop system (`tmall`, `jd`, `card` …)."""

    system: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
    account: Annotated[str, Meta(min_length=1, max_length=64)]


class NewImport(Body):
    """Existing members to bring in; `channel_id` is theirs unless a row names another."""

    channel_id: str | None = None


class Upload(Answer):
    """PUT the CSV to `upload_url` within an hour, then POST …/start.

    The first line names the columns: unionid, openid, external_userid, phone (one of these at least), account
    (`<system>:<id>`), channel_id, joined_at. A row is one line.
    """

    import_id: str
    upload_url: str


class Import(Answer):
    """How an import stands: `waiting`, `planning`, `running`, `done` or `refused`."""

    import_id: str
    state: str
    rows: int
    done: int
    created: int
    known: int
    refused: int
    reason: str | None


class RefusedRow(Answer):
    """A line of the file that was not imported, and why."""

    line: int
    reason: str
    column: str | None
