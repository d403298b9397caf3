"""What the routes of guides take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class NewGuide(Body):
    """Whom to make a guide: a WeCom userid that is activated and real-name verified."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    userid: Annotated[str, Meta(min_length=1, max_length=64)]
    store_id: str | None = None


class Guide(Answer):
    """A guide. `badge` is what a mini-program code carries, `qr_code` the picture that adds the WeCom contact.

    `successor_id`: to whom both lead since the guide left.
    """

    guide_id: str
    name: str
    userid: str
    store_id: str | None
    badge: str
    qr_code: str | None
    successor_id: str | None
    created_at: str
