"""What the routes of codes take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from chalicelib.codes.code_format import MOST_CODES
from chalicelib.runtime.http import Answer, Body

VisitId = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{1,40}$")]
City = Annotated[str, Meta(max_length=32)]
DeviceId = Annotated[str, Meta(max_length=128)]
Sequence = Annotated[int, Meta(ge=0, lt=MOST_CODES)]
LastSequence = Annotated[int, Meta(ge=0, le=2**31)]


class ScanQuery(msgspec.Struct, frozen=True):
    """What a client may say of its visit. Other parameters belong to others (GS1, campaign tools) and are ignored."""

    visit_id: VisitId | None = None
    city: City = ""
    device_id: DeviceId = ""
    link_type: Annotated[str, Meta(max_length=200)] = field(default="", name="linkType")


class ScanBody(Body):
    """A scan by a member."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    visit_id: VisitId | None = None
    city: City = ""
    device_id: DeviceId = ""


class Empty(Body):
    """Nothing to say."""


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


class ClaimPrize(Answer):
    """What was won, and the packet that pays it."""

    amount_fen: int
    packet_id: str


class ClaimAnswer(Answer):
    """A claim that holds."""

    code: str
    owner: Literal["you"]
    prize: ClaimPrize | None


class PrizeTier(Body):
    """So many codes win so much."""

    amount_fen: Annotated[int, Meta(ge=1, le=50_000)]
    count: Annotated[int, Meta(ge=1, le=MOST_CODES)]


class NewBatch(Body):
    """Codes to mint. `active`: usable at once; else after `…/activate`."""

    product_id: str
    quantity: Annotated[int, Meta(ge=1, le=MOST_CODES)]
    active: bool = False
    box_size: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    channel_id: str | None = None
    prizes: Annotated[list[PrizeTier], Meta(max_length=10)] = field(default_factory=list)
    claim_until: str | None = None
    """Claims from then on win nothing, and the prize key may be revealed. Without it: until the batch is void."""


class Part(Body, kw_only=True):
    """Sequences from `from_seq` to `to_seq`, or boxes from `from_box` (the first is 1) to `to_box`, both included.

    Without any of them the whole batch. Beyond the last code means the last one.
    """

    from_seq: Sequence | None = None
    to_seq: LastSequence | None = None
    from_box: Annotated[int, Meta(ge=1, le=MOST_CODES)] | None = None
    to_box: Annotated[int, Meta(ge=1, le=MOST_CODES)] | None = None


class Shipment(Part, kw_only=True):
    """Codes that go to a channel."""

    channel_id: str


class BatchAnswer(Answer):
    """A batch. `state` holds since `state_at`, `state_before` before. `prize_key_hash` lets anyone check the prizes."""

    batch_id: str
    product_id: str
    quantity: int
    box_size: int | None
    channel_id: str | None
    prizes: list[PrizeTier]
    prize_key_hash: str | None
    claim_until: str | None
    prize_key_revealed_at: str | None
    state: str
    state_before: str
    state_at: str
    key_version: int
    created_at: str
    created_by: str


class CsvQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of codes."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000
    cursor: str | None = None


class SignalAnswer(Answer):
    """A rule that spoke, and the inputs that made it."""

    rule: str
    inputs: dict[str, Any]


class VisitAnswer(Answer):
    """One scan of a code. `state`: the code's at that moment."""

    visit_id: str
    at: str
    state: str
    first: bool
    city: str | None
    member_id: str | None
    channel_id: str | None
    signals: list[SignalAnswer]


class LifeEvent(Answer):
    """Minted, activated, shipped, voided (each by an operator), scanned for the first time, claimed (by a member)."""

    what: str
    at: str
    by: str | None
    facts: dict[str, Any]


class OperationAnswer(Answer):
    """What an operator did to the codes from `from_seq` to `to_seq`."""

    kind: str
    at: str
    by: str
    from_seq: int
    to_seq: int
    facts: dict[str, Any]


class CodeStory(Answer):
    """Everything known of one code. `life` has the earliest event first, `history` the latest scan.

    `state` is what a claim meets, `stage` how far the code has come: minted, active, shipped, scanned, claimed, void.
    """

    code: str
    batch_id: str
    product_id: str
    seq: int
    state: str
    channel_id: str | None
    shipped: bool
    scan_count: int
    refused_scan_count: int
    first_scanned_at: str | None
    owner: str | None
    claimed_at: str | None
    prize_fen: int | None
    signals: list[str]
    stage: str
    life: list[LifeEvent]
    history: list[VisitAnswer]
    next_cursor: str | None
