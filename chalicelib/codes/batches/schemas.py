"""What the routes of batches take and answer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, field

from chalicelib.codes.format.code import MOST_CODES
from chalicelib.runtime.http import Answer, Body

Sequence = Annotated[int, Meta(ge=0, lt=MOST_CODES)]


LastSequence = Annotated[int, Meta(ge=0, le=2**31)]


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
