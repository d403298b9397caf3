"""Participants under review (审核): an operator sees the rule and its inputs, and releases or rejects."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from chalicelib.campaigns import repository
from chalicelib.campaigns.actions import revocation
from chalicelib.campaigns.fraud import tables
from chalicelib.campaigns.invites import service as invites
from chalicelib.campaigns.packets import service as packets
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.observability import count

Decision = Literal["release", "reject"]


class Open(NamedTuple):
    """Somebody under review. `inputs`: what the rule saw."""

    participant_id: str
    rule: str
    inputs: dict[str, Any]
    since: Millis


def decide(campaign_id: str, participant_id: str, decision: Decision, now: Millis) -> None:
    """Release a participant, whose packets then go their way, or reject them: what waits goes back to the pot.

    Nothing that was asked of payouts is touched. The same decision again is the same; 404 for somebody who was
    never under review, 409 `conflict` when the other decision was made.
    """
    campaign = repository.campaign(campaign_id, now)
    outcome = tables.decide(participant_id, decision)
    participant = outcome.item
    if participant.get("campaign_id") != campaign_id or "review" not in participant:
        raise not_found("participant", participant_id)
    if not outcome.done:
        raise SiyuError("conflict", f"This review was already decided: {participant['ruled']}.")
    if decision == "release":
        packets.release_held(campaign, participant, now)
        invites.count_participant(campaign_id=campaign_id, participant_id=participant_id, now=now)
    else:
        revocation.take_back(campaign, participant, now)
    tables.drop_review(campaign_id, participant_id)
    count("ReviewDecided", decision=decision)


def open_page(campaign_id: str, limit: int, cursor: str | None) -> tuple[list[Open], str | None]:
    """Those who are under review, and the next cursor."""
    rows, following = tables.reviews_page(campaign_id, limit, cursor)
    return [_read(row["sk"], row["review"]) for row in rows], following


def first_open(campaign_id: str, most: int) -> list[Open]:
    """At most so many of those who are under review."""
    return [_read(row["sk"], row["review"]) for row in tables.first_reviews(campaign_id, most)]


def _read(participant_id: str, review: str) -> Open:
    told = msgspec.json.decode(review)
    return Open(participant_id, told["rule"], told["inputs"], told["at"])
