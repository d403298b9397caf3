"""Gifts of tiers (任务获客): reached once by invites, claimed with an address, shipped by the brand."""

from __future__ import annotations

import msgspec

from chalicelib.campaigns import rules
from chalicelib.campaigns.gifts import tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
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
    invites = len(inviter.get("invitees", ()))
    for tier in campaign.spec.tiers:
        if tier.reward != "gift" or invites < tier.invites:
            continue
        fields = {"gift": tier.gift, "at": now, "member_id": inviter["member_id"]}
        if tables.reach(campaign.campaign_id, inviter["pk"], tier.invites, fields):
            count("GiftReached")
        else:
            tables.restore(campaign.campaign_id, inviter["pk"], tier.invites)


def claim(campaign_id: str, member_id: str, invites: str, parcel: Parcel, now: Millis) -> Item:
    """Say where the gift of a tier goes; 404 before it is reached, 409 when under review, revoked or shipped."""
    participant_id = participant_names.participant_id(campaign_id, member_id)
    participant = participant_tables.find_participant(participant_id, strong=True)
    if participant is None:
        raise not_found("gift", invites)
    if rules.is_under_review(participant):
        raise SiyuError("under_review", "Your part in this campaign is under review.")
    key = f"{participant_id}#{invites}"
    sealed = encrypt(msgspec.json.encode(parcel).decode(), app_secrets().phone_key, context=key)
    outcome = tables.claim(campaign_id, key, sealed, now)
    if not outcome.item:
        raise not_found("gift", invites)
    if not outcome.done:
        raise SiyuError("conflict", f"The gift is {outcome.item['st']}.")
    return outcome.item


def ship(campaign_id: str, gift_id: str, parcel_no: str, now: Millis) -> Item:
    """Note the parcel of a claimed gift; 404 for an unknown one, 409 unless it was claimed."""
    outcome = tables.ship(campaign_id, gift_id, parcel_no, now)
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
