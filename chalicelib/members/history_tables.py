"""What members said and did: consents, timeline, spent scans, reviews, and the writes on them."""

from __future__ import annotations

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.ids import derived_id, digest32
from chalicelib.members import rules
from chalicelib.members.tables import ALIVE, Consent, Moment, Profile, Review, SpentScan, member_key
from chalicelib.runtime import dynamo, sweeping
from chalicelib.runtime.dynamo import Item, Page


def keep_consent(member_id: str, purpose: str, granted: bool, version: str, at: Millis) -> dynamo.Outcome:
    """The answer as a row of its own and as the profile's state; not done when a newer answer stands.

    Settles two answers at once: the state is the one with the later moment, the rows keep both.
    """
    said = {"granted": granted, "version": version, "at": at}
    dynamo.put_once(Consent, {"pk": member_key(member_id), "sk": f"C#{purpose}#{at:015d}", **said})
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET consents.#purpose = :said",
        condition=f"{ALIVE} AND (attribute_not_exists(consents.#purpose) AND size(consents) < :most"
        " OR consents.#purpose.#at <= :at)",
        names={"#purpose": purpose, "#at": "at"},
        values={":said": said, ":at": at, ":most": rules.MOST_PURPOSES},
        returns="ALL_NEW",
    )


def put_review(one: str, other: str, reason: str, now: Millis) -> None:
    """Two members for a person to look at; the same two and reason make one review, also when it was decided."""
    first, second = sorted((one, other))
    review_id = derived_id("review", first, second, reason)
    if review(review_id):
        return
    facts = {"one": first, "other": second, "reason": reason, "at": now}
    keys = ({"pk": review_id, "sk": "REVIEW"}, {"pk": "REVIEWS", "sk": review_id})
    dynamo.transact(
        [
            {
                "Put": {
                    "TableName": Review.Meta.table_name,
                    "Item": dynamo.pack_item({**key, **facts}),
                    # Two logins find the same pair at once: one puts it up.
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for key in keys
        ]
    )


def review(review_id: str) -> Item | None:
    """A review, open or decided."""
    return dynamo.get(Review, review_id, "REVIEW", strong=True)


def open_reviews(limit: int, cursor: str | None) -> Page:
    """Reviews that wait for a decision; `sk` is the review's id."""
    return dynamo.query(Review, "REVIEWS", limit=limit, cursor=cursor)


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
    dynamo.transact(
        [{"Delete": {"TableName": Review.Meta.table_name, "Key": dynamo.pack_item({"pk": "REVIEWS", "sk": review_id})}}]
    )


def spend_scan(code: str, visit_id: str, by: str, now: Millis) -> Millis | None:
    """Since when this scan brings the person `by` (an identity's key) here; None when it may not.

    Settles a scan id that was passed on: it attributes the first person who logs in with it, and nobody else.
    """
    row = {"pk": f"SCAN#{digest32(code, visit_id)}", "sk": "SCAN", "by": by, "at": now}
    outcome = dynamo.put_once(SpentScan, {**row, "expires": (now + DAY) // 1000})
    if outcome.done:
        return now
    return int(outcome.item["at"]) if outcome.item["by"] == by else None


def put_moment(member_id: str, kind: str, key: str, at: Millis, facts: Item) -> None:
    """One row of the timeline; the same kind, key and moment make one row."""
    sk = f"T#{at:015d}#{digest32(kind, key)[:16]}"
    row = {"pk": member_key(member_id), "sk": sk, "kind": kind, "key": key, "at": at, "facts": facts}
    dynamo.put_once(Moment, row)


def moments(member_id: str, limit: int, cursor: str | None) -> Page:
    """The timeline, newest first."""
    return dynamo.query(Moment, member_key(member_id), prefix="T#", limit=limit, cursor=cursor, forward=False)


def consents(member_id: str) -> list[Item]:
    """Every answer that a member gave, by purpose and moment."""
    return list(sweeping.rows_of(Consent, member_key(member_id), "C#"))
