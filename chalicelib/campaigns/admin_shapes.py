"""What operators send and get on the routes of campaigns."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from chalicelib.campaigns import rules
from chalicelib.runtime.http import Answer, Body, Listing

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


class Level(Answer):
    """People at one depth: 0 came by themselves, 1 were invited by those, and so on. Conversions did the act."""

    depth: int
    participants: int
    conversions: int


class TopInviter(Answer):
    """Somebody and their valid invites."""

    participant_id: str
    invites: int


class Chain(Answer):
    """Who invited whom, first to last; at most the last hundred."""

    depth: int
    participants: list[str]


class Reviewed(Answer):
    """Somebody under review. `inputs`: what the rule saw."""

    participant_id: str
    rule: str
    inputs: dict[str, Any]
    since: str


class CampaignReport(Answer):
    """A campaign in numbers. Money in fen; of what was drawn, paid arrived and released came back.

    `drawn_fen_per_hour` since the start; `empty_at` if that goes on. `under_review`: the first hundred.
    """

    campaign_id: str
    state: str
    funded_fen: int
    drawn_fen: int
    paid_fen: int
    released_fen: int
    remaining_fen: int
    reoffered_fen: int
    drawn_fen_per_hour: int
    empty_at: str | None
    participants: int
    conversions: int
    max_depth: int
    by_depth: list[Level]
    top_inviters: list[TopInviter]
    deepest_chains: list[Chain]
    under_review: list[Reviewed]


class TreeQuery(Listing, frozen=True, forbid_unknown_fields=True):
    """`root`: whose invitees; without it those who came by themselves."""

    root: Annotated[str, Meta(max_length=64)] | None = None


class Node(Answer):
    """A participant in the tree. `invites`: their own valid ones, as many as can still earn something."""

    participant_id: str
    parent_id: str | None
    depth: int
    joined_at: str
    has_acted: bool
    invites: int
    under_review: bool


class Decision(Body):
    """An operator's word on somebody under review."""

    participant_id: Annotated[str, Meta(min_length=1, max_length=64)]
    decision: Literal["release", "reject"]


class Decided(Answer):
    """What was decided."""

    participant_id: str
    decision: str


class Address(Answer):
    """Where a gift goes to."""

    name: str
    phone: str
    address: str


class GiftRow(Answer):
    """A gift that somebody earned. `ship_to` once they said where."""

    gift_id: str
    participant_id: str
    member_id: str
    invites: int
    gift: str
    state: str
    reached_at: str
    ship_to: Address | None
    parcel: str | None


class Shipping(Body):
    """A gift on its way. `parcel`: the carrier's number."""

    gift_id: Annotated[str, Meta(min_length=1, max_length=80)]
    parcel: Annotated[str, Meta(min_length=1, max_length=64)]
