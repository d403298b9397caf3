"""How staff and customer stand after an event, and which of two events counts. Pure functions of values."""

from __future__ import annotations

from typing import Final, Literal

Verdict = Literal["newer", "older", "again", "tie"]


Relation = Literal["added", "half", "left_by_customer", "removed_by_staff"]


RELATION_OF_CHANGE: Final[dict[str, Relation]] = {
    "add_external_contact": "added",
    "add_half_external_contact": "half",
    "del_follow_user": "left_by_customer",
    "del_external_contact": "removed_by_staff",
}
"""ChangeType of `change_external_contact` → how member and customer stand afterwards. An edit says nothing of it."""


def verdict(known_at: int, known_by: str, at: int, by: str) -> Verdict:
    """How an event (its second `at`, its digest `by`) stands to the one that the contact's state is from."""
    if by == known_by:
        return "again"
    if at == known_at:
        return "tie"
    return "newer" if at > known_at else "older"


def is_followed(relation: str) -> bool:
    """Whether the member still has the customer in WeCom, and so may see them."""
    return relation in ("added", "half")
