"""Money that came back is offered again as a new generation of the pot, or it stays with the brand.

A full bucket never changes: nothing is put back into a pot. What expired, failed or was rejected is only counted as
released; once everything offered so far is drawn, an operator may make a pot of it.
"""

from __future__ import annotations

import msgspec

from chalicelib.campaigns import repository, rules, validation
from chalicelib.campaigns import tables as campaign_tables
from chalicelib.campaigns.packets import tables as packet_tables
from chalicelib.campaigns.pot import finder, split_at_end
from chalicelib.campaigns.pot.split import Pot
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import Fen
from chalicelib.runtime.settings import settings


def offer_again(
    campaign_id: str, *, shares: int, min_fen: Fen | None, generation: int | None, seed: bytes, now: Millis
) -> Campaign:
    """A new generation of the pot, of all money that came back so far; the campaign goes on if it had ended early.

    `generation` names the one to make (2 is the first that can be): asking for it again changes nothing.
    409 `conflict` while shares are left, when nothing came back or when time is over; 422 `impossible_pot`.
    """
    campaign = repository.fresh(campaign_id, now)
    if generation is not None and generation <= campaign.generation:
        return campaign
    _check(campaign, generation, now)
    amount = released_fen(campaign_id) - (campaign.offered_fen - campaign.funded_fen)
    if amount <= 0:
        raise SiyuError("conflict", "No money has come back that could be offered again.")
    new = _pot(campaign, amount, shares, min_fen, seed)
    pots = msgspec.json.encode((*campaign.earlier, campaign.spec.pot, new)[1:]).decode()
    outcome = campaign_tables.add_generation(campaign_id, campaign.version, pots)
    # A write that was sent twice meets its own trace: the seed is in it.
    if not outcome.done and outcome.item.get("pots") != pots:
        raise SiyuError("conflict", "The campaign was changed at the same moment. Check it and try again.")
    campaign_tables.add_live(campaign_id)
    found = repository.of_row(outcome.item)
    repository.remember(found, now)
    return found


def released_fen(campaign_id: str) -> Fen:
    """What ever came back: it only grows, so that an older reading is a safe one."""
    return sum(row.get("released_fen", 0) for row in packet_tables.counters(campaign_id))


def _check(campaign: Campaign, generation: int | None, now: Millis) -> None:
    if split_at_end.is_split_at_end(campaign):
        raise SiyuError("refused", "The rest of a pot that is split at its end stays with the brand.")
    if campaign.state == rules.DRAFT or now >= campaign.spec.ends_at:
        raise SiyuError("conflict", "Money is offered again only between publishing and ends_at.")
    if generation is not None and generation != campaign.generation + 1:
        raise SiyuError("conflict", f"The next generation must be {campaign.generation + 1}.", param="generation")
    if not finder.is_drained(campaign):
        raise SiyuError(
            "conflict", "The pot still has shares. Money can be offered again only when every share is drawn."
        )


def _pot(campaign: Campaign, amount: Fen, shares: int, min_fen: Fen | None, seed: bytes) -> Pot:
    known = campaign.spec.pot
    return validation.pot_of(
        total_fen=amount,
        shares=shares,
        # What came back is seldom a multiple of a fixed amount.
        split="equal" if known.split == "fixed" else known.split,
        min_fen=min_fen if min_fen is not None else min(known.min_fen, amount // shares or 1),
        amount_fen=None,
        payer_range=(settings().payout_min_fen, settings().payout_max_fen),
        most_fen=known.max_fen,
        seed=seed,
    )
