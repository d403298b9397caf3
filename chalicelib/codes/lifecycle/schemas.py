"""What the routes of the life of codes take and answer."""

from __future__ import annotations

from typing import Any

from chalicelib.codes.batches.schemas import Part
from chalicelib.runtime.http import Answer


class Shipment(Part, kw_only=True):
    """Codes that go to a channel."""

    channel_id: str


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

    `scanned_by` is the first member who scanned, `owner` who claimed.
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
    scanned_by: str | None
    owner: str | None
    claimed_at: str | None
    prize_fen: int | None
    signals: list[str]
    stage: str
    life: list[LifeEvent]
    history: list[VisitAnswer]
    next_cursor: str | None
