"""Rules of campaigns: what one is, who may draw, whose invites count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from chalicelib.campaigns.pot.split import Pot
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.kernel.money import Fen

Act = Literal["join", "scan", "add_guide", "purchase"]

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
PAUSED: Final = "paused"
ENDED: Final = "ended"
# From which states each of an operator's steps leads where.
STEPS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "publish": ((DRAFT,), PUBLISHED),
    "pause": ((PUBLISHED,), PAUSED),
    "resume": ((PAUSED,), PUBLISHED),
    "end": ((PUBLISHED, PAUSED), ENDED),
}
BUCKET_SHARES: Final = 38
"""Shares of a bucket: its item with 38 names stays under 1 KB, so a draw costs one write unit."""
MOST_DRAWS: Final = 32
"""The ordinal of a draw is one base32 character of its name in the bucket."""
MOST_INVITES_OF_A_TIER: Final = 100
"""An inviter's row keeps the invitees that count, no more than the highest tier asks for and `SPARE_INVITES`."""
SPARE_INVITES: Final = 20
"""Invitees kept beyond the highest tier: they take the place of those who leave."""


class Tier(msgspec.Struct, frozen=True):
    """What an inviter gets for so many valid invites: a draw more, or a gift that is shipped."""

    invites: int
    reward: Literal["draw", "gift"]
    gift: str | None = None


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign offers; it never changes once the campaign is made."""

    name: str
    starts_at: Millis
    ends_at: Millis
    pot: Pot
    reward_for: tuple[Literal["invitee", "inviter"], ...]
    tiers: tuple[Tier, ...]
    max_draws_per_member: int
    max_fen_per_member_per_day: Fen | None
    act: Act
    waiting_hours: int
    risk: dict[str, int]
    """Limits of `fraud.DEFAULTS`; a rule that is missing or 0 is not applied."""
    organiser: str = ""
    contact: str = ""
    """Of whoever answers for the campaign: published on its page."""
    terms: str = ""
    """Rules in the organiser's own words, published with what follows from the settings."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it stands at a version of its row. `spec.pot` is the pot of the generation that is offered now."""

    campaign_id: str
    state: str
    version: int
    made_at: Millis
    spec: Spec
    ended_at: Millis | None = None
    """When it was ended before `spec.ends_at`."""
    earlier: tuple[Pot, ...] = ()
    """Pots that are drained: the funded one first, then what came back and was offered again."""

    @property
    def generation(self) -> int:
        """Which pot is offered now: 1 is the funded one."""
        return len(self.earlier) + 1

    @property
    def funded_fen(self) -> Fen:
        """What the brand put in."""
        return (*self.earlier, self.spec.pot)[0].total_fen

    @property
    def offered_fen(self) -> Fen:
        """What was ever offered: the money funded, and what came back and was offered again."""
        return sum(pot.total_fen for pot in (*self.earlier, self.spec.pot))

    @property
    def shares_offered(self) -> int:
        """Shares of all generations so far."""
        return sum(pot.shares for pot in (*self.earlier, self.spec.pot))

    def at(self, generation: int) -> Campaign:
        """The campaign as it was when this generation of its pot was offered."""
        pots = (*self.earlier, self.spec.pot)[:generation]
        spec = msgspec.structs.replace(self.spec, pot=pots[-1])
        return msgspec.structs.replace(self, spec=spec, earlier=pots[:-1])

    @property
    def buckets(self) -> int:
        """How many partitions the pot's shares lie in."""
        return -(-self.spec.pot.shares // BUCKET_SHARES)

    @property
    def over_at(self) -> Millis:
        """When it ends, or did."""
        return self.spec.ends_at if self.ended_at is None else min(self.ended_at, self.spec.ends_at)

    def capacity(self, bucket: int) -> int:
        """Shares of a bucket: 38, fewer in the last one."""
        return min(BUCKET_SHARES, self.spec.pot.shares - bucket * BUCKET_SHARES)

    @property
    def counted_invites(self) -> int:
        """How many invitees of one person can still matter."""
        return max((tier.invites for tier in self.spec.tiers), default=0)

    @property
    def kept_invites(self) -> int:
        """How many invitees stand on one person's row; the others are counted only."""
        return self.counted_invites + SPARE_INVITES if self.counted_invites else 0


def state_at(campaign: Campaign, now: Millis) -> str:
    """draft, scheduled, running, paused or ended."""
    if campaign.state != DRAFT and now >= campaign.spec.ends_at:
        return "ended"
    if campaign.state == PUBLISHED:
        return "running" if now >= campaign.spec.starts_at else "scheduled"
    return campaign.state


def draws_of(spec: Spec, *, has_acted: bool, invites: int) -> int:
    """How many draws a participant has earned: one by the act, one for each tier with a draw that was reached.

    Only the direct inviter earns by an invite, never the inviter's inviter.
    """
    own = 1 if "invitee" in spec.reward_for and has_acted else 0
    reached = [tier for tier in spec.tiers if tier.reward == "draw" and invites >= tier.invites]
    earned = own + (len(reached) if "inviter" in spec.reward_for else 0)
    return min(earned, spec.max_draws_per_member)


def draws_of_row(spec: Spec, participant: Mapping[str, Any]) -> int:
    """The draws that a participant's row gives a right to; none after leaving in the waiting period or a rejection."""
    if "left_at" in participant or participant.get("ruled") == "reject":
        return 0
    invites = len(participant.get("invitees", ()))
    return draws_of(spec, has_acted="acted_at" in participant, invites=invites)


def payee_of(participant: Mapping[str, Any], draw_no: int) -> str | None:
    """The openid of the session that made a draw, where the participant's row knows it."""
    found = participant.get(f"payee{draw_no}") or participant.get("openid")
    return str(found) if found else None


def is_under_review(participant: Mapping[str, Any]) -> bool:
    """Whether somebody has yet to decide about this participant."""
    return "review" in participant and "ruled" not in participant


def may_pay(spec: Spec, participant: Mapping[str, Any], draw_no: int) -> Literal["pay", "hold", "revoke"]:
    """What becomes of a drawn packet before money leaves."""
    if draw_no > draws_of_row(spec, participant):
        return "revoke"
    return "hold" if is_under_review(participant) else "pay"


def is_valid_invite(spec: Spec, *, member_since: Millis, joined_at: Millis) -> bool:
    """Whether a joining counts for its inviter: the person is new to the brand and joined inside the window."""
    return member_since >= spec.starts_at and is_inside(spec, joined_at)


def is_inside(spec: Spec, at: Millis) -> bool:
    """Whether a moment lies in the campaign's window."""
    return spec.starts_at <= at < spec.ends_at


def may_still_leave(spec: Spec, *, acted_at: Millis, left_at: Millis) -> bool:
    """Whether a leaving falls into the waiting period that began with the act."""
    return left_at - acted_at < spec.waiting_hours * HOUR
