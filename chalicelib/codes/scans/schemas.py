"""What the routes of scans take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from chalicelib.runtime.http import Answer, Body

VisitId = Annotated[str, Meta(max_length=64)]


City = Annotated[str, Meta(max_length=32)]


DeviceId = Annotated[str, Meta(max_length=128)]


class ScanQuery(msgspec.Struct, frozen=True):
    """What a program may say of its visit: `visit_id`, a ULID of the last 24 hours, names it on its `device_id`.

    For pages both are ignored: anybody can print them into an address. Other parameters belong to others (GS1,
    campaign tools) and are ignored too.
    """

    visit_id: str = ""
    device_id: str = ""
    link_type: Annotated[str, Meta(max_length=200)] = field(default="", name="linkType")


class ScanBody(Body):
    """A scan by a member. `visit_id`, a ULID of the last 24 hours, names it on its `device_id`; without, it is new."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    visit_id: VisitId | None = None
    city: City = ""
    device_id: DeviceId = ""


class PublicProduct(Answer):
    """The article as customers see it."""

    product_id: str
    name: str
    gtin: str | None
    content: dict[str, Any]


class ArticleAnswer(Answer):
    """What a Digital Link without a serial leads to: an article, not one item of it."""

    gtin: str
    product: PublicProduct | None
    join_url: str | None


class PublicPrize(Answer):
    """Whether there may be a prize; which codes win is not told before the claim."""

    state: Literal["claimable", "claimed", "none"]


class ScanAnswer(Answer):
    """What a scan found. For an unknown code everything but `code` and `verdict` is empty."""

    scan_id: str | None
    code: str
    verdict: Literal["first_scan", "repeat_scan", "unknown", "inactive", "void"]
    product: PublicProduct | None
    channel_id: str | None
    scan_count: int
    first_scanned_at: str | None
    signals: list[str]
    prize: PublicPrize | None
    join_url: str | None
