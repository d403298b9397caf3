"""What members and visitors send and get on the routes of campaigns. Those of operators stand in admin_shapes.py."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

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
    organiser: str
    contact: str
    terms: str


class PosterQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`invite`: the token of whoever invites."""

    invite: Annotated[str, Meta(max_length=64)] = ""


class Joining(Body):
    """`invite`: the token of whoever invited. `device_id`: the client's own id of the device."""

    invite: Annotated[str, Meta(max_length=64)] | None = None
    device_id: Annotated[str, Meta(max_length=128)] | None = None


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
    """A packet. `package_info` opens WeChat's confirmation while the state is `confirm`.

    Of a pot that is split at its end `amount_fen` is 0 until then.
    """

    packet_id: str
    amount_fen: int
    state: str
    package_info: str | None


class MyGift(Answer):
    """A gift of a tier that was reached. `state`: reached (say where to send it), claimed, shipped or revoked."""

    invites: int
    gift: str
    state: str
    parcel: str | None


class GiftAddress(Body):
    """Where a gift goes to; kept encrypted."""

    name: Annotated[str, Meta(min_length=1, max_length=50)]
    phone: Annotated[str, Meta(min_length=5, max_length=20)]
    address: Annotated[str, Meta(min_length=5, max_length=200)]
