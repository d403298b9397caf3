"""What is printed of a guide: the badge, and the `state` of a contact way. Both carry a MAC."""

from __future__ import annotations

import hashlib
from typing import Final

from chalicelib.kernel import crockford, ids
from chalicelib.kernel.tokens import BadToken, derive_key, seal, unseal

_ID_BYTES: Final = 17  # 26 characters of 5 bits
_BADGE_MAC: Final = 7  # 17 + 7 bytes are 32 characters: a mini-program scene holds no more
_GUIDE_SHORT: Final = 8
_STORE_SHORT: Final = 6  # 8 + 6 + 8 of MAC are 30 characters: a contact way's state holds no more


def badge_of(guide_id: str, root: bytes) -> str:
    """The guide's badge: 32 characters that fit a scene, readable without a table."""
    number = crockford.decode_int(guide_id.partition("_")[2])
    return seal(number.to_bytes(_ID_BYTES, "big"), derive_key(root, "badge"), mac_bytes=_BADGE_MAC)


def guide_of_badge(badge: str, root: bytes) -> str:
    """The guide id in a badge; `BadToken` for anything that is not one."""
    raw = unseal(badge, derive_key(root, "badge"), mac_bytes=_BADGE_MAC)
    if len(raw) != _ID_BYTES:
        raise BadToken("not a badge")
    return f"{ids.PREFIXES['guide']}_{crockford.encode_int(int.from_bytes(raw, 'big'), 26)}"


def short_guide(guide_id: str) -> str:
    """The 16 hex characters that stand for a guide in a state."""
    return _digest(guide_id, _GUIDE_SHORT).hex()


def short_store(store_id: str | None) -> str:
    """The 12 hex characters that stand for a store in a state; zeros for none."""
    return _digest(store_id, _STORE_SHORT).hex() if store_id else "00" * _STORE_SHORT


def state_of(guide_id: str, store_id: str | None, root: bytes) -> str:
    """The `state` of a contact way, 30 characters: WeCom gives it back when the code is scanned."""
    payload = bytes.fromhex(short_guide(guide_id) + short_store(store_id))
    return seal(payload, derive_key(root, "contact-way"))


def read_state(state: str, root: bytes) -> tuple[str, str]:
    """The short guide and the short store of a state; `BadToken` for one that is none of ours."""
    raw = unseal(state, derive_key(root, "contact-way"))
    if len(raw) != _GUIDE_SHORT + _STORE_SHORT:
        raise BadToken("not a state")
    return raw[:_GUIDE_SHORT].hex(), raw[_GUIDE_SHORT:].hex()


def _digest(identifier: str, size: int) -> bytes:
    return hashlib.sha256(identifier.encode()).digest()[:size]
