"""The writes of fraud rules and reviews, of acts and of who is whose twin."""

from __future__ import annotations

from typing import Final, Literal

from chalicelib.campaigns.tables import SELF, Participant
from chalicelib.campaigns.tables_rows import Act, Seen, UnderReview, Used
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item, Outcome, Page

MOST_SEEN: Final = 100
"""Participants kept of one trait: enough to show, however many come from one address."""
_ACT: Final = "ACT"


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
    client("dynamodb").delete_item(
        TableName=UnderReview.Meta.table_name,
        Key=dynamo.pack_item({"pk": f"REVIEW#{campaign_id}", "sk": participant_id}),
    )


def reviews_page(campaign_id: str, limit: int, cursor: str | None) -> Page:
    """Participants under review."""
    return dynamo.query(UnderReview, f"REVIEW#{campaign_id}", limit=limit, cursor=cursor, strong=True)


def note_checked(participant_id: str, now: Millis) -> None:
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


def find_act(participant_id: str) -> Item | None:
    """What was done for this campaign, perhaps before joining."""
    return dynamo.get(Act, participant_id, _ACT, strong=True)


def note_act(participant_id: str, key: str, at: Millis) -> Item:
    """Keep the counted act: the first one stands; the row as it is then."""
    return dynamo.update(
        Act,
        participant_id,
        _ACT,
        "SET k = :key, #at = if_not_exists(#at, :at)",
        # Two orders at once: one is the counted act. The same act may have been undone before it was told of.
        condition="attribute_not_exists(k) OR k = :key",
        names={"#at": "at"},
        values={":key": key, ":at": at},
        returns="ALL_NEW",
    ).item


def undo_act(participant_id: str, key: str, at: Millis) -> Item:
    """Note when the act with this key was undone; the row as it is then, which may be of another act."""
    return dynamo.update(
        Act,
        participant_id,
        _ACT,
        "SET k = :key, lt = if_not_exists(lt, :at)",
        condition="attribute_not_exists(k) OR k = :key",
        values={":key": key, ":at": at},
        returns="ALL_NEW",
    ).item


def act(participant_id: str, at: Millis) -> Outcome:
    """The participant has done the counted act."""
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET acted_at = if_not_exists(acted_at, :at)",
        # Who has not joined yet is found by their act when they do.
        condition="attribute_exists(pk)",
        values={":at": at},
        returns="ALL_NEW",
    )


def leave(participant_id: str, at: Millis, waiting: Millis) -> Outcome:
    """The participant left, `waiting` ms or less after the act. `item`: the participant as it is then.

    Done too when they had left before, so that a redelivery completes what a crash left.
    """
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET left_at = if_not_exists(left_at, :at)",
        condition="acted_at > :since AND acted_at <= :at",
        values={":at": at, ":since": at - waiting},
        returns="ALL_NEW",
    )


def claim_code(campaign_id: str, code: str, participant_id: str) -> bool:
    """Whether a code is this participant's act in the campaign: one code is one person's."""
    row = {"pk": f"USED#{campaign_id}#{code}", "sk": "USED", "p": participant_id}
    outcome = dynamo.put_once(Used, row)
    return outcome.done or outcome.item["p"] == participant_id


def note_twins(participant_id: str, twins: set[str]) -> None:
    """These participants are one person."""
    dynamo.update(
        Participant,
        participant_id,
        SELF,
        "ADD twins :twins",
        condition="attribute_exists(pk)",
        values={":twins": twins},
        returns="NONE",
    )
