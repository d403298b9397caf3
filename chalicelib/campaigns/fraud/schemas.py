"""What the routes of reviews take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body


class Reviewed(Answer):
    """Somebody under review. `inputs`: what the rule saw."""

    participant_id: str
    rule: str
    inputs: dict[str, Any]
    since: str


class Decision(Body):
    """An operator's word on somebody under review."""

    participant_id: Annotated[str, Meta(min_length=1, max_length=64)]
    decision: Literal["release", "reject"]


class Decided(Answer):
    """What was decided."""

    participant_id: str
    decision: str
