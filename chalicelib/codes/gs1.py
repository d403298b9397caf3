"""GS1 Digital Link: https://id…/01/{GTIN-14}/21/{serial} (GS1 Digital Link URI Syntax 1.4)."""

from __future__ import annotations

from chalicelib.brand.rules import is_gtin


def gtin14(text: str) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits as its 14; None when its check digit is wrong."""
    return text.zfill(14) if is_gtin(text) else None


def link(base: str, gtin: str | None, code: str) -> str:
    """The Digital Link of an item, "" when its product has no GTIN. A code needs no percent escapes."""
    return f"{base}/01/{gtin}/21/{code}" if gtin else ""
