"""What the reconciler has seen through to its end: a bit for every share."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns.models import Swept
from chalicelib.runtime import dynamo

BLOCK: Final = 32
"""Buckets of one row: with 38 bits each it stays under 1 KB."""


def find(campaign_id: str, generation: int, block: int) -> dict[int, int]:
    """The bits of each bucket of a block."""
    row = dynamo.get(Swept, _pk(campaign_id, generation, block), "S") or {}
    return {int(name[1:]): bits for name, bits in row.items() if name[0] == "b"}


def save(campaign_id: str, generation: int, block: int, bits: dict[int, int]) -> None:
    """Remember what is settled for good.

    No condition: two reconcilers of one block at once may forget what the other saw, which is only looked at again.
    """
    dynamo.update(
        Swept,
        _pk(campaign_id, generation, block),
        "S",
        "SET " + ", ".join(f"b{bucket} = :b{bucket}" for bucket in bits),
        values={f":b{bucket}": value for bucket, value in bits.items()},
        returns="NONE",
    )


def _pk(campaign_id: str, generation: int, block: int) -> str:
    return f"SWEEP#{campaign_id}#{generation}#{block}"
