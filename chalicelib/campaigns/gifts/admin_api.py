"""Routes by which operators ship gifts."""

from __future__ import annotations

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns.gifts import service, tables
from chalicelib.campaigns.gifts.schemas import Address, GiftRow, Shipping
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


@api.get("/admin/campaigns/{campaign_id}/gifts", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_gifts(campaign_id: str, query: Listing, now: Millis) -> Listed[GiftRow]:
    """Gifts that were earned, with the addresses to ship them to."""
    campaigns.get_campaign(campaign_id, now)
    rows, cursor = tables.page(campaign_id, query.limit, query.cursor)
    return Listed([_gift(row) for row in rows], cursor)


@api.post("/admin/campaigns/{campaign_id}/gifts/ship", allow=ADMIN, errors=("not_found", "conflict"))
def ship_gift(campaign_id: str, body: Shipping, now: Millis) -> GiftRow:
    """Note that a claimed gift is on its way."""
    return _gift(service.ship(campaign_id, body.gift_id, body.parcel, now))


def _gift(row: Item) -> GiftRow:
    participant_id, _, invites = row["sk"].partition("#")
    parcel = service.parcel_of(row)
    return GiftRow(
        gift_id=row["sk"],
        participant_id=participant_id,
        member_id=row["member_id"],
        invites=int(invites),
        gift=row["gift"],
        state=row["st"],
        reached_at=to_rfc3339(row["at"]),
        ship_to=Address(parcel.name, parcel.phone, parcel.address) if parcel else None,
        parcel=row.get("parcel"),
    )
