"""Rules of campaigns: what may be offered, who may draw, what an operator should know."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from chalicelib.campaigns.split import Pot
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen, yuan

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
"""An inviter's row keeps the invitees that count, no more than the highest tier asks for."""


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


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it stands at a version of its row."""

    campaign_id: str
    state: str
    version: int
    made_at: Millis
    spec: Spec

    @property
    def buckets(self) -> int:
        """How many partitions the pot's shares lie in."""
        return -(-self.spec.pot.shares // BUCKET_SHARES)

    def capacity(self, bucket: int) -> int:
        """Shares of a bucket: 38, fewer in the last one."""
        return min(BUCKET_SHARES, self.spec.pot.shares - bucket * BUCKET_SHARES)

    @property
    def counted_invites(self) -> int:
        """How many invitees of one person can still matter."""
        return max((tier.invites for tier in self.spec.tiers), default=0)


def pot_of(
    *,
    total_fen: Fen,
    shares: int,
    split: str,
    min_fen: Fen | None,
    amount_fen: Fen | None,
    payer_range: tuple[Fen, Fen],
    most_fen: Fen | None,
    seed: bytes,
) -> Pot:
    """A pot that can be paid out to the fen.

    `payer_range`: what WeChat Pay transfers. `most_fen`: a tighter cap on one share. 422 `impossible_pot` says
    why a pot can not be split, 422 `refused` for a split that is not offered.
    """
    if split == "equal_at_end":
        raise SiyuError("refused", "equal_at_end is not offered. Use lucky, equal or fixed.", param="pot.split")
    if split == "fixed":
        _check_fixed(total_fen, shares, amount_fen)
    least = payer_range[0] if min_fen is None else min_fen
    most = payer_range[1] if most_fen is None else min(payer_range[1], most_fen)
    if least < payer_range[0]:
        raise _impossible(f"WeChat Pay transfers {yuan(payer_range[0])} yuan at least: raise min_fen.", "min_fen")
    if shares * least > total_fen:
        raise _impossible(
            f"{shares} shares of at least {yuan(least)} yuan need {yuan(shares * least)}, the pot has"
            f" {yuan(total_fen)}: add money or take fewer shares.",
            "total_fen",
        )
    if total_fen > shares * most:
        raise _impossible(
            f"{shares} shares of at most {yuan(most)} yuan hold {yuan(shares * most)}, the pot has {yuan(total_fen)}:"
            " add shares or take out money.",
            "shares",
        )
    return Pot(
        total_fen=total_fen,
        shares=shares,
        split=split,  # type: ignore[arg-type]
        min_fen=least,
        max_fen=most,
        seed=seed.hex(),
    )


def check(spec: Spec, now: Millis) -> None:
    """Whether the offer can be kept: 422 `refused`, 400 `invalid_parameter`."""
    if spec.ends_at <= max(spec.starts_at, now):
        raise SiyuError("invalid_parameter", "ends_at must lie after starts_at and after now.", param="ends_at")
    if spec.act != "join":
        raise SiyuError("refused", f"The act {spec.act} is not offered. Use join.", param="act")
    invites = [tier.invites for tier in spec.tiers]
    if invites != sorted(set(invites)):
        raise SiyuError("invalid_parameter", "Tiers go up, each number of invites once.", param="tiers")
    if any(tier.reward == "gift" and not tier.gift for tier in spec.tiers):
        raise SiyuError("invalid_parameter", "A tier with a gift names the gift.", param="tiers")
    if "inviter" in spec.reward_for and not spec.tiers:
        raise SiyuError("invalid_parameter", "Say by tiers what an inviter earns.", param="tiers")


def warnings(spec: Spec, now: Millis) -> list[str]:
    """Settings that platforms punish or operators regret, in words for the operator.

    Sources: 《微信外部链接内容管理规范》 2.1.2 (induced sharing), 《微信小程序平台运营规范》 5.1 and 5.9,
    《规范促销行为暂行规定》 articles 11 to 13 (published odds).
    """
    told = []
    if "inviter" in spec.reward_for:
        told.append(
            "Money for invites: WeChat punishes links that pay for sharing. Reward the invitee's own act, word the"
            " page without a request to share, and keep to one level."
        )
    if spec.act == "join":
        told.append("Joining alone earns a draw: accounts made for it will come. A scan or a purchase is safer.")
    if spec.pot.split == "lucky":
        told.append("Random amounts are a prize promotion: publish amounts, odds, period and organiser, unchanged.")
    if spec.waiting_hours == 0 and "inviter" in spec.reward_for:
        told.append("Without a waiting period invitees who leave at once are paid for.")
    if spec.risk:
        told.append("The limits in risk are kept with the campaign; joinings are not measured by them yet.")
    if spec.starts_at < now:
        told.append("starts_at is past: the campaign runs as soon as it is published.")
    return told


def shown_state(campaign: Campaign, now: Millis) -> str:
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


def is_valid_invite(spec: Spec, *, member_since: Millis, joined_at: Millis) -> bool:
    """Whether a joining counts for its inviter: the person is new to the brand and joined inside the window."""
    return member_since >= spec.starts_at and spec.starts_at <= joined_at < spec.ends_at


def _check_fixed(total_fen: Fen, shares: int, amount_fen: Fen | None) -> None:
    if amount_fen is None:
        raise SiyuError("invalid_parameter", "A fixed pot names amount_fen.", param="pot.amount_fen")
    if amount_fen * shares != total_fen:
        raise _impossible(
            f"{shares} shares of {yuan(amount_fen)} yuan are {yuan(amount_fen * shares)}, the pot has"
            f" {yuan(total_fen)}: make them equal.",
            "total_fen",
        )


def _impossible(why: str, param: str) -> SiyuError:
    return SiyuError("impossible_pot", why, param=f"pot.{param}")
