"""What may be offered: pots that can be paid out, tiers that can be kept, and what an operator should know."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.campaigns.pot.split import Pot
from chalicelib.campaigns.rules import Spec
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen, yuan


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
    why a pot cannot be split. Of a pot that is split at the end, `shares` is how many people it has room for.
    """
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
        raise SiyuError("invalid_parameter", "ends_at must be after starts_at and in the future.", param="ends_at")
    invites = [tier.invites for tier in spec.tiers]
    if invites != sorted(set(invites)):
        raise SiyuError("invalid_parameter", "List the tiers by ascending invites, each number once.", param="tiers")
    if any(tier.reward == "gift" and not tier.gift for tier in spec.tiers):
        raise SiyuError("invalid_parameter", "A tier with a gift must name the gift.", param="tiers")
    if "inviter" in spec.reward_for and not spec.tiers:
        raise SiyuError("invalid_parameter", "Add tiers that say what an inviter earns.", param="tiers")


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
    if spec.act == "add_guide":
        told.append("Adding a guide for money: WeCom punishes induced adding (诱导添加). Offer it as a service.")
    if not spec.risk:
        told.append("Without limits in risk nobody is put under review: each account of a person is paid.")
    if not spec.organiser or not spec.contact:
        told.append("Name organiser and contact: a prize promotion publishes who is responsible.")
    if sum(tier.reward == "draw" for tier in spec.tiers) + ("invitee" in spec.reward_for) > spec.max_draws_per_member:
        told.append("max_draws_per_member is below what the tiers promise: some who reach a tier will get no draw.")
    if spec.starts_at < now:
        told.append("starts_at is past: the campaign runs as soon as it is published.")
    return [*told, *_about_the_poster(spec)]


def _about_the_poster(spec: Spec) -> Iterator[str]:
    from chalicelib.campaigns.pages import poster

    if boxes := poster.boxes(spec):
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in boxes)
        yield (
            f"The poster shows an empty box for {named}. Choose other characters for name, or have them added to the"
            " font of pictures first (infra/glyphs.py)."
        )
    if cut := poster.cut(spec):
        yield f"The poster has no room for the end of name, “{cut}”. Choose a shorter name."


def _check_fixed(total_fen: Fen, shares: int, amount_fen: Fen | None) -> None:
    if amount_fen is None:
        raise SiyuError("invalid_parameter", "A fixed pot needs amount_fen.", param="pot.amount_fen")
    if amount_fen * shares != total_fen:
        raise _impossible(
            f"{shares} shares of {yuan(amount_fen)} yuan are {yuan(amount_fen * shares)}, the pot has"
            f" {yuan(total_fen)}: make them equal.",
            "total_fen",
        )


def _impossible(why: str, param: str) -> SiyuError:
    return SiyuError("impossible_pot", why, param=f"pot.{param}")
