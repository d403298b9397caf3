"""What attribution keeps of a person: shown to them, and forgotten. Orders stay, with the member id alone."""

from __future__ import annotations

from chalicelib.attribution.models import Touch
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, deletes

MOST_SHOWN = 1_000


def touches(member_id: str) -> list[Item]:
    """The newest touches of a member, newest first: what, when, over whom."""
    rows = dynamo.query(Touch, f"T#{member_id}", limit=MOST_SHOWN, forward=False).items
    return [{name: fact for name, fact in row.items() if name not in ("pk", "sk")} for row in rows]


def forget(member_id: str) -> None:
    """Delete the member's touches. What an order was credited for stands on the order, without the person."""
    deletes.sweep(Touch, f"T#{member_id}")
