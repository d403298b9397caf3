"""GS1 Digital Link for key 01 (GS1 Digital Link Standard: URI Syntax 1.2 and later, sections 4 and 5).

    /01/{GTIN}  then, in this order, any of  /22/{variant}  /10/{lot}  /21/{serial},  or alone  /235/{extension}

What stands in the query under an application identifier (17=261231) describes the item and never identifies it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from chalicelib.brand import rules as brand

QUALIFIERS: Final = {"variant": "22", "lot": "10", "serial": "21", "extension": "235"}
"""Names in our routes → application identifiers, in the order in which a path has them."""
FORMS: Final = {
    "gtin": "/01/{gtin}",
    "variant": "/01/{gtin}/22/{variant}",
    "lot": "/01/{gtin}/10/{lot}",
    "variant_lot": "/01/{gtin}/22/{variant}/10/{lot}",
    "serial": "/01/{gtin}/21/{serial}",
    "variant_serial": "/01/{gtin}/22/{variant}/21/{serial}",
    "lot_serial": "/01/{gtin}/10/{lot}/21/{serial}",
    "variant_lot_serial": "/01/{gtin}/22/{variant}/10/{lot}/21/{serial}",
    "extension": "/01/{gtin}/235/{extension}",
}
"""Every form of a path. API Gateway has no pattern for optional parts, so each is a route; others are not found."""

# Character set 82 of the General Specifications, figure 7.11-1.
_SET82: Final = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
_FORMAT: Final = {
    **{identifier: re.compile(f"{_SET82}{{1,20}}") for identifier in ("22", "10", "21")},
    "235": re.compile(f"{_SET82}{{1,28}}"),
}
_DATES: Final = frozenset({"11", "12", "13", "15", "16", "17", "7006"})
_DATE: Final = re.compile(r"\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])", re.ASCII)
_IDENTIFIER: Final = re.compile(r"\d{2,4}", re.ASCII)
_VALUE: Final = re.compile(f"{_SET82}{{1,90}}")


class DigitalLink(NamedTuple):
    """What a Digital Link names: the GTIN as 14 digits, qualifiers and attributes by application identifier."""

    gtin: str
    qualifiers: dict[str, str]
    attributes: dict[str, str]

    @property
    def serial(self) -> str | None:
        """What singles out one item; None for a whole article or lot. 235 is a serial given by a third party."""
        return self.qualifiers.get("21") or self.qualifiers.get("235")


def read(path: Mapping[str, str], query: Mapping[str, str]) -> DigitalLink | None:
    """The link that a route's names (percent escapes undone) and query make; None when it breaks the standard.

    A query may hold anything: only well-formed attributes are taken from it.
    """
    gtin = gtin14(path["gtin"])
    qualifiers = {QUALIFIERS[name]: value for name, value in path.items() if name in QUALIFIERS}
    if gtin is None or not all(_FORMAT[identifier].fullmatch(value) for identifier, value in qualifiers.items()):
        return None
    return DigitalLink(gtin, qualifiers, {name: value for name, value in query.items() if _is_attribute(name, value)})


def gtin14(text: str) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits as its 14; None when its check digit is wrong."""
    return brand.gtin14(text) if brand.is_gtin(text) else None


def link(base: str, gtin: str | None, code: str) -> str:
    """The Digital Link of an item, "" when its product has no GTIN. A code needs no percent escapes."""
    return f"{base}/01/{gtin}/21/{code}" if gtin else ""


def uri(base: str, found: DigitalLink) -> str:
    """The link in its canonical order and escapes, attributes left out."""
    order = [identifier for identifier in QUALIFIERS.values() if identifier in found.qualifiers]
    parts = [f"/{identifier}/{quote(found.qualifiers[identifier], safe='')}" for identifier in order]
    return f"{base}/01/{found.gtin}{''.join(parts)}"


def _is_attribute(name: str, value: str) -> bool:
    if not _IDENTIFIER.fullmatch(name) or name in ("01", *QUALIFIERS.values()):
        return False
    return bool((_DATE if name in _DATES else _VALUE).fullmatch(value))
