"""What the routes of campaigns take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from chalicelib.campaigns import rules
from chalicelib.campaigns.rules import Tier
from chalicelib.runtime.http import Answer, Body


class PublicPot(Answer):
    """What is published of a pot."""

    total_fen: int
    shares: int
    split: str
    min_fen: int
    max_fen: int


class CampaignView(Answer):
    """A campaign. `state` is draft, scheduled, running, paused or ended."""

    campaign_id: str
    name: str
    state: str
    starts_at: str
    ends_at: str
    pot: PublicPot
    reward_for: list[str]
    tiers: list[Tier]
    max_draws_per_member: int
    act: str
    waiting_hours: int
    version: int
    organiser: str
    contact: str
    terms: str


class PosterQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`invite`: the token of whoever invites."""

    invite: Annotated[str, Meta(max_length=64)] = ""


Fen = Annotated[int, Meta(ge=1, le=10**12)]


Limit = Annotated[int, Meta(ge=0, le=10_000)] | None


class NewPot(Body):
    """The money: `min_fen` bounds a lucky share, `amount_fen` is each share of a fixed pot.

    With `equal_at_end` the pot is split when the campaign has ended, among at most `shares` draws.
    """

    total_fen: Fen
    shares: Annotated[int, Meta(ge=1, le=1_000_000)]
    split: Literal["lucky", "equal", "fixed", "equal_at_end"]
    min_fen: Fen | None = None
    amount_fen: Fen | None = None


class NewTier(Body):
    """What an inviter gets for so many valid invites."""

    invites: Annotated[int, Meta(ge=1, le=rules.MOST_INVITES_OF_A_TIER)]
    reward: Literal["draw", "gift"]
    gift: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class Risk(Body):
    """Limits that put a participant under review; 0 turns a rule off, what is left out is as in `"default"`."""

    per_address_per_hour: Limit = None
    per_device: Limit = None
    same_person: Limit = None
    constant_gaps: Annotated[int, Meta(ge=0, le=20)] | None = None
    throw_away: Limit = None
    genuine_act: Limit = None


class NewCampaign(Body):
    """A campaign to make. Times are RFC 3339."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    starts_at: str
    ends_at: str
    pot: NewPot
    reward_for: Annotated[list[Literal["invitee", "inviter"]], Meta(min_length=1, max_length=2)] = field(
        default_factory=lambda: ["invitee"]
    )
    tiers: Annotated[list[NewTier], Meta(max_length=20)] = field(default_factory=list)
    max_draws_per_member: Annotated[int, Meta(ge=1, le=rules.MOST_DRAWS)] = 1
    max_fen_per_member_per_day: Fen | None = None
    act: rules.Act = "join"
    waiting_hours: Annotated[int, Meta(ge=0, le=720)] = 0
    risk: Risk | Literal["default"] = "default"
    organiser: Annotated[str, Meta(max_length=100)] = ""
    contact: Annotated[str, Meta(max_length=100)] = ""
    terms: Annotated[str, Meta(max_length=5_000)] = ""


class Created(Answer):
    """A new campaign, and what to know about platforms' rules before it is published."""

    campaign_id: str
    state: str
    warnings: list[str]
