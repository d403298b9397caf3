"""Batches as operators get them."""

from __future__ import annotations

from chalicelib.codes.batches.schemas import BatchAnswer, PrizeTier
from chalicelib.kernel.clock import to_rfc3339, to_rfc3339_or_none
from chalicelib.runtime.dynamo import Item


def batch_answer(row: Item) -> BatchAnswer:
    """A batch as operators get it."""
    return BatchAnswer(
        batch_id=row["batch_id"],
        product_id=row["product_id"],
        quantity=row["quantity"],
        box_size=row["box_size"],
        channel_id=row["channel_id"],
        prizes=[PrizeTier(*tier) for tier in row["prizes"]],
        prize_key_hash=row["prize_key_hash"],
        claim_until=to_rfc3339_or_none(row.get("claim_until")),
        prize_key_revealed_at=to_rfc3339_or_none(row.get("revealed_at")),
        state=row["state"],
        state_before=row["state_before"],
        state_at=to_rfc3339(row["state_at"]),
        key_version=row["key_version"],
        created_at=to_rfc3339(row["created_at"]),
        created_by=row["created_by"],
    )
