"""Gifts of tiers (任务获客): reached once by invites, claimed with an address, shipped by the brand."""

from __future__ import annotations

import msgspec

from chalicelib.campaigns import names, rules, tables, tables_gifts
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.privacy import decrypt, encrypt
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count
from chalicelib.runtime.secrets import app_secrets


class Parcel(msgspec.Struct, frozen=True):
    """Where a gift goes to."""

    name: str
    phone: str
    address: str


def reach(campaign: Campaign, inviter: Item, now: Millis) -> None:
    """Note every gift whose tier the inviter's row has reached. Each fires once; one lost by a leaving comes back."""
    if "inviter" not in campaign.spec.reward_for:
        return
    invites = len(inviter.get("kids", ()))
    for tier in campaign.spec.tiers:
        if tier.reward != "gift" or invites < tier.invites:
            continue
        fields = {"gift": tier.gift, "at": now, "member_id": inviter["member_id"]}
        if tables_gifts.reach(campaign.campaign_id, inviter["pk"], tier.invites, fields):
            count("GiftReached")
        else:
            tables_gifts.restore(campaign.campaign_id, inviter["pk"], tier.invites)


def claim(campaign_id: str, member_id: str, invites: str, parcel: Parcel, now: Millis) -> Item:
    """Say where the gift of a tier goes; 404 before it is reached, 409 when under review, revoked or shipped."""
    participant_id = names.participant_id(campaign_id, member_id)
    participant = tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise not_found("gift", invites)
    if rules.is_under_review(participant):
        raise SiyuError("under_review", "Your part in this campaign is under review.")
    key = f"{participant_id}#{invites}"
    sealed = encrypt(msgspec.json.encode(parcel).decode(), app_secrets().phone_key, context=key)
    outcome = tables_gifts.claim(campaign_id, key, sealed, now)
    if not outcome.item:
        raise not_found("gift", invites)
    if not outcome.done:
        raise SiyuError("conflict", f"The gift is {outcome.item['st']}.")
    return outcome.item


def ship(campaign_id: str, gift_id: str, parcel_no: str, now: Millis) -> Item:
    """Note the parcel of a claimed gift; 404 for an unknown one, 409 unless it was claimed."""
    outcome = tables_gifts.ship(campaign_id, gift_id, parcel_no, now)
    if not outcome.item:
        raise not_found("gift", gift_id)
    if not outcome.done:
        raise SiyuError("conflict", f"The gift is {outcome.item['st']}, not claimed.")
    return outcome.item


def parcel_of(row: Item) -> Parcel | None:
    """Where a gift goes to, for those who ship it; None before it was claimed."""
    if "ship" not in row:
        return None
    return msgspec.json.decode(decrypt(row["ship"], app_secrets().phone_key, context=row["sk"]), type=Parcel)
