"""What the routes of contact ways take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from chalicelib.guides.contact_ways.rules import MOST_PER_DAY, Hours
from chalicelib.guides.schemas import Id
from chalicelib.runtime.http import Answer, Body


class WayGuide(Body):
    """A guide behind a shared code: within `hours` (none: always), up to `daily_cap` new customers a day."""

    guide_id: Id
    daily_cap: Annotated[int, Meta(ge=1, le=MOST_PER_DAY)] | None = None
    hours: Annotated[list[Hours], Meta(max_length=14)] = field(default_factory=list)


class NewContactWay(Body):
    """What is behind a shared code. `place`: where in the store it hangs. `backups`: who stands in when nobody may."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    guides: Annotated[list[WayGuide], Meta(min_length=1, max_length=100)]
    backups: Annotated[list[Id], Meta(max_length=100)] = field(default_factory=list)
    store_id: Id | None = None
    place: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    channel_id: Id | None = None


class ContactWay(Answer):
    """A shared code. `on_duty`: the guides whom WeCom offers to who scans it now."""

    contact_way_id: str
    name: str
    store_id: str | None
    place: str | None
    channel_id: str | None
    guides: list[WayGuide]
    backups: list[str]
    on_duty: list[str]
    qr_code: str | None
    created_at: str
