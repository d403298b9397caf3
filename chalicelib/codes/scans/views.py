"""Scans as customers get them."""

from __future__ import annotations

from chalicelib.codes.scans.schemas import PublicPrize, PublicProduct, ScanAnswer
from chalicelib.codes.scans.service import Scan
from chalicelib.kernel.clock import to_rfc3339_or_none
from chalicelib.runtime.dynamo import Item


def scan_answer(scan: Scan, join_url: str | None) -> ScanAnswer:
    """A scan as customers get it."""
    located = scan.located
    return ScanAnswer(
        scan_id=scan.scan_id,
        code=scan.code,
        verdict=scan.verdict,
        product=public_product(scan.product) if scan.product else None,
        channel_id=located.place.channel_id if located else None,
        scan_count=scan.count,
        first_scanned_at=to_rfc3339_or_none(scan.first_at),
        signals=scan.signals,
        prize=_public_prize(scan),
        join_url=join_url,
    )


def public_product(row: Item) -> PublicProduct:
    """The article as customers see it."""
    return PublicProduct(row["sk"], row["name"], row["gtin"], row["content"])


def _public_prize(scan: Scan) -> PublicPrize | None:
    if scan.located is None or scan.located.place.state != "active":
        return None
    if scan.claimed and scan.located.header["prizes"]:
        return PublicPrize("claimed")
    return PublicPrize("claimable" if scan.has_prizes else "none")
