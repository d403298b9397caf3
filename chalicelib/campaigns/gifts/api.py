"""Routes of the gifts that members earn."""

from __future__ import annotations

from chalicelib.campaigns import service as campaigns
from chalicelib.campaigns.gifts import service, tables
from chalicelib.campaigns.gifts.schemas import GiftAddress, MyGift
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed

api = Api(__name__)


@api.get("/campaigns/{campaign_id}/gifts", allow=MEMBER, errors=("not_found",))
def my_gifts(campaign_id: str, caller: Caller, now: Millis) -> Listed[MyGift]:
    """The gifts that the member has earned in a campaign."""
    campaigns.get_campaign(campaign_id, now)
    rows = tables.of_participant(campaign_id, participant_names.participant_id(campaign_id, caller.id))
    return Listed([_gift(row) for row in rows], None)


@api.post(
    "/campaigns/{campaign_id}/gifts/{invites}",
    allow=MEMBER,
    errors=("not_found", "conflict", "under_review", "invalid_parameter"),
)
def claim_gift(campaign_id: str, invites: str, body: GiftAddress, caller: Caller, now: Millis) -> MyGift:
    """Say where the gift of a tier, named by its number of invites, is to be sent."""
    parcel = service.Parcel(
        read("name", body.name, param="name", least=1),
        read("reference", body.phone, param="phone", least=5),
        read("note", body.address, param="address", least=5),
    )
    return _gift(service.claim(campaign_id, caller.id, invites, parcel, now))


def _gift(row: Item) -> MyGift:
    return MyGift(int(row["sk"].rpartition("#")[2]), row["gift"], row["st"], row.get("parcel"))
