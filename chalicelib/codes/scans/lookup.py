"""From the text on an item to what is known of it, with as few reads as its freshness allows."""

from __future__ import annotations

from typing import Final, TypeGuard

import msgspec

from chalicelib.brand import service as brand
from chalicelib.codes.batches import tables as batch_tables
from chalicelib.codes.diversion.rules import Thresholds
from chalicelib.codes.format import code as code_format
from chalicelib.codes.format import keys, ranges
from chalicelib.codes.format.gs1 import gtin14
from chalicelib.codes.lifecycle import rules as lifecycle_rules
from chalicelib.codes.lifecycle import tables as lifecycle_tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.cache import Cache, as_configured
from chalicelib.runtime.dynamo import Item

_MOST_CACHED: Final = 512
_headers: Final[Cache[int, Item | None]] = Cache(_MOST_CACHED, missing=as_configured)
_chunks: Final[Cache[tuple[int, int], Item | None]] = Cache(_MOST_CACHED, missing=as_configured)
_products: Final[Cache[str, Item]] = Cache(_MOST_CACHED)
_channels: Final[Cache[str, Item | None]] = Cache(_MOST_CACHED, missing=as_configured)


class Located(msgspec.Struct, frozen=True):
    """A genuine code: its batch's header and where it stands."""

    code: str
    sequence: int
    header: Item
    place: lifecycle_rules.Whereabouts


def locate(text: str, now: Millis, *, gtin: str | None = None) -> Located | None:
    """The genuine code that `text` means; None for anything else, a forged one without a database call.

    `gtin`: of the GS1 link it stood in; it must be the batch's. Reads header and chunk through the
    container's cache. An inactive batch is read again before the customer is told so: an activation holds at once.
    """
    parts = _genuine(text, gtin)
    if parts is None:
        return None
    found = _whereabouts(parts, _header(parts.number, now), gtin, now)
    if found is not None and found.place.state == "inactive":
        fresh = _headers.put(parts.number, now, batch_tables.get_header(parts.number))
        return _whereabouts(parts, fresh, gtin, now, fresh_chunk=True)
    return found


def locate_strongly(text: str, now: Millis) -> Located | None:
    """The same for a claim, read strongly: a void that was ordered counts before scans may show it."""
    parts = _genuine(text, None)
    header = batch_tables.get_header(parts.number, strong=True) if parts else None
    if parts is None or not _is_minted(header, parts):
        return None
    chunk = (
        lifecycle_tables.get_chunk(parts.number, ranges.chunk_of(parts.sequence), strong=True)
        if header["parts"]
        else None
    )
    ordered_by_now = max(now, header["state_at"], *(span.at for span in lifecycle_tables.spans(chunk, "states")), 0)
    place = lifecycle_rules.whereabouts(
        header,
        lifecycle_tables.spans(chunk, "ships"),
        lifecycle_tables.spans(chunk, "states"),
        parts.sequence,
        ordered_by_now,
    )
    return Located(parts.code, parts.sequence, header, place)


def batch_of(code: str, now: Millis) -> tuple[Item, int]:
    """Header of the batch and sequence of a code that is known to be genuine: its MAC is not looked at again."""
    parts = code_format.read(code)
    header = _header(parts.number, now) if parts else None
    if parts is None or header is None:
        raise LookupError("a code of a batch that was never minted")
    return header, parts.sequence


def product(product_id: str, now: Millis) -> Item:
    """The product as the container knows it; 404 when there is none."""
    return _products.get(product_id, now, lambda: brand.get_product(product_id))


def regions(channel_id: str | None, now: Millis) -> list[str]:
    """The cities that a channel may sell in; none for an unknown channel or one without bounds."""
    if not channel_id:
        return []
    channel = _channels.get(channel_id, now, lambda: _channel(channel_id))
    return list(channel["regions"]) if channel else []


def thresholds(header: Item) -> Thresholds:
    """When the signals of this batch speak."""
    return msgspec.convert(header.get("thresholds", {}), Thresholds)


def _genuine(text: str, gtin: str | None) -> code_format.Parts | None:
    if gtin is not None and gtin14(gtin) is None:
        return None
    parts = code_format.read(text)
    return parts if parts is not None and keys.is_ours(parts) else None


def _header(number: int, now: Millis) -> Item | None:
    return _headers.get(number, now, lambda: batch_tables.get_header(number))


def _whereabouts(
    parts: code_format.Parts, header: Item | None, gtin: str | None, now: Millis, *, fresh_chunk: bool = False
) -> Located | None:
    if not _is_minted(header, parts):
        return None
    if gtin is not None and gtin14(gtin) != header["gtin"]:
        return None
    chunk = _chunk(parts, now, fresh=fresh_chunk) if header["parts"] else None
    ships, states = lifecycle_tables.spans(chunk, "ships"), lifecycle_tables.spans(chunk, "states")
    return Located(
        parts.code, parts.sequence, header, lifecycle_rules.whereabouts(header, ships, states, parts.sequence, now)
    )


def _is_minted(header: Item | None, parts: code_format.Parts) -> TypeGuard[Item]:
    """A key version that leaked makes no codes of batches that were minted with another one."""
    return header is not None and parts.key_version == header["key_version"] and parts.sequence < header["quantity"]


def _chunk(parts: code_format.Parts, now: Millis, *, fresh: bool) -> Item | None:
    chunk = ranges.chunk_of(parts.sequence)
    key = parts.number, chunk
    if fresh:
        return _chunks.put(key, now, lifecycle_tables.get_chunk(parts.number, chunk))
    return _chunks.get(key, now, lambda: lifecycle_tables.get_chunk(parts.number, chunk))


def _channel(channel_id: str) -> Item | None:
    try:
        return brand.get_channel(channel_id)
    except SiyuError as error:
        if error.code == "not_found":
            return None
        raise
