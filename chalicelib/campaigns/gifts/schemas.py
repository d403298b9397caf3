"""What the routes of gifts take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body


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


class Address(Answer):
    """Where a gift goes to."""

    name: str
    phone: str
    address: str


class GiftRow(Answer):
    """A gift that somebody earned. `ship_to` once they said where."""

    gift_id: str
    participant_id: str
    member_id: str
    invites: int
    gift: str
    state: str
    reached_at: str
    ship_to: Address | None
    parcel: str | None


class Shipping(Body):
    """A gift on its way. `parcel`: the carrier's number."""

    gift_id: Annotated[str, Meta(min_length=1, max_length=80)]
    parcel: Annotated[str, Meta(min_length=1, max_length=64)]
