"""Use cases of operators: mint batches, list them and their codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.brand import service as brand
from chalicelib.codes.batches import tables
from chalicelib.codes.format import code as code_format
from chalicelib.codes.format import gs1, keys
from chalicelib.codes.prizes.rules import Tier
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.secrets import code_secrets
from chalicelib.runtime.settings import settings


class Line(NamedTuple):
    """One code to print; `gs1_url` is "" without a GTIN, `box` None without boxes. `seq` and `box` count from 0, 1."""

    code: str
    url: str
    gs1_url: str
    seq: int
    box: int | None


def mint(
    batch_id: str,
    *,
    product_id: str,
    quantity: int,
    box_size: int | None,
    channel_id: str | None,
    prizes: list[Tier],
    claim_until: Millis | None = None,
    active: bool,
    by: str,
    now: Millis,
) -> Item:
    """A batch of `quantity` codes: one write, whatever the quantity. A repeat with the same id finds the first's.

    Nothing changes quantity, tiers, prize key and `claim_until` afterwards. 404 for an unknown product or channel,
    422 `impossible_pot` when there are more prizes than codes.
    """
    _check_prizes(prizes, quantity)
    if claim_until is not None and claim_until <= now:
        raise SiyuError("invalid_parameter", "The claim deadline must be in the future.", param="claim_until")
    product = brand.get_product(product_id)
    if channel_id is not None:
        brand.get_channel(channel_id)
    state = "active" if active else "inactive"
    fields: Item = {
        "key_version": code_secrets().current,
        "product_id": product_id,
        "gtin": gs1.gtin14(product["gtin"]) if product["gtin"] else None,
        "quantity": quantity,
        "box_size": box_size,
        "channel_id": channel_id,
        "prizes": [list(tier) for tier in prizes],
        "prize_key_hash": keys.prize_key_hash(batch_id) if prizes else None,
        "claim_until": claim_until,
        "state": state,
        "state_before": state,
        "state_at": now,
        "parts": False,
        "born_active": active,
        "created_at": now,
        "created_by": by,
    }
    return tables.create_batch(batch_id, fields)


def get_batch(batch_id: str) -> Item:
    """A batch; 404 when there is none."""
    found = tables.find_batch(batch_id)
    if found is None:
        raise not_found("batch", batch_id)
    return found


def list_batches(limit: int, cursor: str | None) -> Page:
    """Batches, the latest first. A new one appears when the stream has told of it."""
    return tables.batches_page(limit, cursor)


def codes_page(batch: Item, start: int, limit: int) -> Iterator[Line]:
    """`limit` codes from sequence `start` on, computed, not stored."""
    version, number, base = batch["key_version"], batch["number"], settings().public_url
    key = keys.batch_key(version, number)
    if key is None:
        raise RuntimeError("the key version of this batch is missing from the secret")
    box_size = batch["box_size"]
    for sequence in range(start, min(start + limit, batch["quantity"])):
        code = code_format.compose(version, number, sequence, key)
        box = sequence // box_size + 1 if box_size else None
        yield Line(code, f"{base}/c/{code}", gs1.link(base, batch["gtin"], code), sequence, box)


def of_boxes(batch: Item, first: int | None, last: int | None) -> tuple[int, int | None]:
    """The sequences in the boxes from `first` to `last`, which count from 1; 400 for a batch without boxes."""
    size = batch["box_size"]
    if not size:
        raise SiyuError("invalid_parameter", "This batch has no boxes. Name sequences.", param="from_box")
    return ((first or 1) - 1) * size, None if last is None else last * size - 1


def bounds(batch: Item, part: tuple[int, int | None]) -> tuple[int, int]:
    """First and last sequence that a part (first, last or None for the end) means; 400 outside of the batch."""
    first, last = part[0], batch["quantity"] - 1
    if part[1] is not None:
        last = min(last, part[1])
    if first > last:
        raise SiyuError(
            "invalid_parameter", f"from_seq must be at most to_seq and below {batch['quantity']}.", param="from_seq"
        )
    return first, last


def _check_prizes(prizes: list[Tier], quantity: int) -> None:
    if sum(tier.winners for tier in prizes) > quantity:
        raise SiyuError("impossible_pot", "There are more prizes than codes. Mint more or give fewer.", param="prizes")
    least, most = settings().payout_min_fen, settings().payout_max_fen
    if any(not least <= tier.amount_fen <= most for tier in prizes):
        raise SiyuError(
            "impossible_pot",
            f"A prize must be {least} to {most} fen: these are the limits of WeChat Pay.",
            param="prizes",
        )
