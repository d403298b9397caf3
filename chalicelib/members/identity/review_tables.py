"""The writes and reads of reviews."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.ids import derived_id
from chalicelib.members.models import Review
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page, transaction


def put_review(one: str, other: str, reason: str, now: Millis) -> None:
    """Two members for a person to look at; the same two and reason make one review, also when it was decided."""
    first, second = sorted((one, other))
    review_id = derived_id("review", first, second, reason)
    if review(review_id):
        return
    facts = {"one": first, "other": second, "reason": reason, "at": now}
    keys = ({"pk": review_id, "sk": "REVIEW"}, {"pk": "REVIEWS", "sk": review_id})
    # Two logins find the same pair at once: one puts it up.
    dynamo.transact([transaction.put_once(Review, {**key, **facts}) for key in keys])


def review(review_id: str) -> Item | None:
    """A review, open or decided."""
    return dynamo.get(Review, review_id, "REVIEW", strong=True)


def open_reviews(limit: int, cursor: str | None) -> Page:
    """Reviews that wait for a decision; `sk` is the review's id."""
    return dynamo.page(Review, "REVIEWS", limit=limit, cursor=cursor)


def decide_review(review_id: str, decision: str, survivor: str, by: str, now: Millis) -> Item:
    """The decision that stands. Settles two operators who decide at once: the first one's does."""
    return dynamo.update(
        Review,
        review_id,
        "REVIEW",
        "SET decision = :decision, survivor = :survivor, #by = :by, decided_at = :now",
        condition="attribute_exists(pk) AND attribute_not_exists(decision)",
        names={"#by": "by"},
        values={":decision": decision, ":survivor": survivor, ":by": by, ":now": now},
        returns="ALL_NEW",
    ).item


def close_review(review_id: str) -> None:
    """Take a decided review off the list."""
    dynamo.delete(Review, "REVIEWS", review_id)
