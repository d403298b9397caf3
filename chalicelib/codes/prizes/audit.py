"""What lets anyone check the prizes of a batch: published with it the key's hash, after the claims the key itself.

docs/prizes.md says how winners follow from the key.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.codes.batches import service as batches
from chalicelib.codes.format import keys
from chalicelib.codes.prizes import tables
from chalicelib.codes.prizes.rules import Tier
from chalicelib.kernel.clock import MINUTE, Millis, to_rfc3339
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item

ALGORITHM: Final = "feistel-hmac-sha256-6"
_MARGIN: Final = 5 * MINUTE
"""For claims that are under way, and for clocks that differ: who knows the key knows every winner."""


class Audit(msgspec.Struct, frozen=True):
    """The prizes of a batch as the public may know them; `key` is None until it is revealed."""

    batch_id: str
    quantity: int
    tiers: list[Tier]
    key_hash: str
    claim_until: Millis | None
    key: bytes | None
    revealed_at: Millis | None


def audit(batch_id: str) -> Audit:
    """What is published of a batch's prizes; 404 for a batch without."""
    return _audit(_with_prizes(batch_id))


def reveal(batch_id: str, *, by: str, now: Millis) -> Audit:
    """Make the prize key public, for ever; 409 while a claim could still win. A repeat finds the first."""
    batch = _with_prizes(batch_id)
    opens_at = _claims_end(batch)
    if opens_at is None:
        raise SiyuError(
            "conflict", "This batch has no claim deadline: its key can be revealed only after the batch is void."
        )
    if now < opens_at + _MARGIN:
        raise SiyuError("conflict", f"Claims are still open. Reveal the key after {to_rfc3339(opens_at + _MARGIN)}.")
    return _audit(tables.reveal_prize_key(batch["number"], by, now).item)


def _with_prizes(batch_id: str) -> Item:
    batch = batches.get_batch(batch_id)
    if not batch["prizes"]:
        raise not_found("batch", batch_id)
    return batch


def _claims_end(batch: Item) -> Millis | None:
    ends = [batch["claim_until"], batch["state_at"] if batch["state"] == "void" else None]
    return min((end for end in ends if end is not None), default=None)


def _audit(batch: Item) -> Audit:
    return Audit(
        batch_id=batch["batch_id"],
        quantity=batch["quantity"],
        tiers=[Tier(*tier) for tier in batch["prizes"]],
        key_hash=batch["prize_key_hash"],
        claim_until=batch["claim_until"],
        key=keys.prize_key(batch["batch_id"]) if "revealed_at" in batch else None,
        revealed_at=batch.get("revealed_at"),
    )
