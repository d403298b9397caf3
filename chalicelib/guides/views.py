"""Guides as the routes answer them."""

from __future__ import annotations

from chalicelib.guides import schemas, service
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime.dynamo import Item


def guide(row: Item) -> schemas.Guide:
    """A guide."""
    return schemas.Guide(
        guide_id=row["sk"],
        name=row["name"],
        userid=row["userid"],
        store_id=row["store_id"],
        badge=service.badge_of(row["sk"]),
        qr_code=row.get("qr_code"),
        successor_id=row.get("heir"),
        created_at=to_rfc3339(row["created_at"]),
    )
