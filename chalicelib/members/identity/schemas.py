"""What the routes of reviews and accounts take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body


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
