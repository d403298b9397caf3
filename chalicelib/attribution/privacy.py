"""What attribution keeps of a person: shown to them, and forgotten. Orders stay, with the member id alone."""

from __future__ import annotations

from chalicelib.attribution.models import Touch
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def touches(member_id: str) -> list[Item]:
    """Every touch of a member, newest first: what, when, over whom."""
    rows = dynamo.every(Touch, f"T#{member_id}", forward=False)
    return [{name: fact for name, fact in row.items() if name not in ("pk", "sk")} for row in rows]


def forget(member_id: str) -> None:
    """Delete the member's touches. What an order was credited for stands on the order, without the person."""
    dynamo.delete_partition(Touch, f"T#{member_id}")
