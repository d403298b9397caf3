"""What callers send and get on the routes of campaigns."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from chalicelib.campaigns import rules
from chalicelib.campaigns.rules import Tier
from chalicelib.runtime.http import Answer, Body

Fen = Annotated[int, Meta(ge=1, le=10**12)]


class NewPot(Body):
    """The money: `min_fen` bounds a lucky share, `amount_fen` is each share of a fixed pot."""

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
    """Limits that put a participant under review."""

    per_address_per_hour: Annotated[int, Meta(ge=1)] | None = None
    per_device: Annotated[int, Meta(ge=1)] | None = None


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


class Created(Answer):
    """A new campaign, and what to know about platforms' rules before it is published."""

    campaign_id: str
    state: str
    warnings: list[str]


class PublicPot(Answer):
    """What is published of a pot."""

    total_fen: int
    shares: int
    split: str
    min_fen: int
    max_fen: int


class Shown(Answer):
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


class Level(Answer):
    """People at one depth: 0 came by themselves, 1 were invited by those, and so on."""

    depth: int
    participants: int


class CampaignReport(Answer):
    """A campaign in numbers. Money in fen; of what was drawn, paid arrived and released came back."""

    campaign_id: str
    state: str
    funded_fen: int
    drawn_fen: int
    paid_fen: int
    released_fen: int
    remaining_fen: int
    participants: int
    max_depth: int
    by_depth: list[Level]


class Joining(Body):
    """`invite`: the token of whoever invited."""

    invite: Annotated[str, Meta(max_length=64)] | None = None


class Progress(Answer):
    """Valid invites, draws earned so far, and the number of invites at which more waits."""

    invites: int
    draws: int
    next_tier: int | None


class Part(Answer):
    """The member's part. `invite` is to be passed on; the poster bears it as a mini-program code."""

    participant_id: str
    depth: int
    invite: str
    poster_url: str
    progress: Progress
    under_review: bool


class Drawing(Body):
    """Which of the member's draws: 1 for the first."""

    draw_no: Annotated[int, Meta(ge=1, le=rules.MOST_DRAWS)] = 1


class Drawn(Answer):
    """A packet. `package_info` opens WeChat's confirmation while the state is `confirm`."""

    packet_id: str
    amount_fen: int
    state: str
    package_info: str | None
