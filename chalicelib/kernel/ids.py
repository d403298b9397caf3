"""Ids: a typed prefix and 26 characters of Crockford's base32, as `mbr_01J…`.

New things get a ULID, so that ids sort by birth. A thing that must exist once per cause gets an id derived
from the cause: the second attempt then finds the first one's row.
"""

from __future__ import annotations

import hashlib
from typing import Final

from chalicelib.kernel import crockford
from chalicelib.kernel.clock import Millis

PREFIXES: Final = {
    "product": "prd",
    "channel": "chn",
    "store": "sto",
    "shop": "shp",
    "batch": "bat",
    "export": "exp",
    "visit": "vis",
    "member": "mbr",
    "review": "rvw",
    "import": "imp",
    "guide": "gde",
    "contact_way": "cwy",
    "transfer": "trf",
    "campaign": "cmp",
    "participant": "ptc",
    "packet": "pkt",
    "payout": "pay",
    "touch": "tch",
    "segment": "seg",
    "tag": "tag",
    "push": "psh",
    "request": "req",
}


def new_id(kind: str, now: Millis) -> str:
    """A fresh id of `kind` (a key of `PREFIXES`) that sorts by `now`."""
    from ulid import ULID

    # An int is milliseconds to ULID; seconds as a float would be a millisecond off now and then.
    return f"{PREFIXES[kind]}_{ULID.from_timestamp(now)}"


def derived_id(kind: str, *cause: str | int) -> str:
    """The one id of `kind` for this cause: the same parts always give the same id (130 bits of SHA-256)."""
    return f"{PREFIXES[kind]}_{digest32(kind, *cause)[:26]}"


def digest32(*parts: str | int) -> str:
    """32 Crockford characters (160 bits) of the parts, each behind its length, so that ("ab","c") ≠ ("a","bc").

    A delimiter would not do: parts come from outside and may hold it. An int counts as its decimal text.
    """
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    return crockford.encode(hashlib.sha256(text.encode()).digest()[:20])


def looks_like(kind: str, identifier: str) -> bool:
    """Whether a caller's text can be an id of this kind at all: saves a read for nonsense."""
    prefix, _, rest = identifier.partition("_")
    return prefix == PREFIXES[kind] and len(rest) == 26 and rest.isalnum() and rest.isascii()
