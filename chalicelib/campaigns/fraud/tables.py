"""The writes of fraud rules and reviews."""

from __future__ import annotations

from typing import Final, Literal

from chalicelib.campaigns.models import Participant, Seen, UnderReview
from chalicelib.campaigns.participants.tables import SELF
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

MOST_SEEN: Final = 100
"""Participants kept of one trait: enough to show, however many come from one address."""


def see(campaign_id: str, kind: str, digest: str, participant_id: str) -> list[str]:
    """Who showed this trait in the campaign, this participant included; when full, those who were first and this one.

    A set: seeing somebody twice counts once.
    """
    outcome = dynamo.update(
        Seen,
        f"SEEN#{campaign_id}#{kind}#{digest}",
        "S",
        "ADD p :who",
        # Crowds behind one address write to one item: it stays small.
        condition="attribute_not_exists(p) OR size(p) < :most",
        values={":who": {participant_id}, ":most": MOST_SEEN},
        returns="ALL_NEW",
    )
    return sorted({*outcome.item["p"], participant_id})


def put_under_review(participant: Item, review: str) -> bool:
    """Put a participant under review; False when they are, or when an operator has decided about them."""
    outcome = dynamo.update(
        Participant,
        participant["pk"],
        SELF,
        "SET review = :review",
        # An operator's word stands: no rule asks again after it.
        condition="attribute_exists(pk) AND attribute_not_exists(review) AND attribute_not_exists(ruled)",
        values={":review": review},
    )
    standing = outcome.item.get("review")
    if outcome.done or (standing and "ruled" not in outcome.item):
        # Also after a crash between the two writes: the list shows whoever is under review.
        row = {"pk": f"REVIEW#{participant['campaign_id']}", "sk": participant["pk"], "review": standing or review}
        dynamo.put_once(UnderReview, row)
    return outcome.done


def decide(participant_id: str, decision: Literal["release", "reject"]) -> Outcome:
    """What an operator decided; the first decision stands. `item` is the participant as it is then."""
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET ruled = :ruled",
        condition="attribute_exists(review) AND (attribute_not_exists(ruled) OR ruled = :ruled)",
        values={":ruled": decision},
        returns="ALL_NEW",
    )


def drop_review(campaign_id: str, participant_id: str) -> None:
    """Take a participant off the list, after the decision had its effect."""
    dynamo.delete(UnderReview, f"REVIEW#{campaign_id}", participant_id)


def reviews_page(campaign_id: str, limit: int, cursor: str | None) -> Page:
    """Participants under review."""
    return dynamo.page(UnderReview, f"REVIEW#{campaign_id}", limit=limit, cursor=cursor, strong=True)


def first_reviews(campaign_id: str, most: int) -> list[Item]:
    """At most so many participants under review."""
    return dynamo.first(UnderReview, f"REVIEW#{campaign_id}", most, strong=True)


def mark_checked(participant_id: str, now: Millis) -> None:
    """The fraud rules were asked about this participant."""
    dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET checked = :now",
        condition="attribute_exists(pk)",
        values={":now": now},
        returns="NONE",
    )
