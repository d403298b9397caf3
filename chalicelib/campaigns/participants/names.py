"""Participants' ids, invites and names in the pot: all three are made from the same 80 bits.

A participant is one member in one campaign. Its id is derived, so that joining twice meets the same row: ten
characters of the campaign's id and sixteen (80 bits) of a hash of campaign and member.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, NamedTuple

from chalicelib.kernel import crockford, ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.tokens import BadToken, derive_key, seal, unseal
from chalicelib.runtime.secrets import app_secrets

_OWN_CHARACTERS: Final = 16
_OWN_BYTES: Final = 10
_TAG_BYTES: Final = 4
_DEPTH_BYTES: Final = 2
_NAME_CHARACTERS: Final = 22
NAME_IN_POT: Final = _NAME_CHARACTERS + 1
"""Characters of a draw's name: no other attribute of a bucket has so many."""
DEEPEST: Final = 2 ** (8 * _DEPTH_BYTES) - 1
_PADDING: Final = bytes(16 - _OWN_BYTES)


class Invite(NamedTuple):
    """Who invites, and how deep they stand in the tree: 0 for those who came by themselves."""

    participant_id: str
    depth: int


def participant_id(campaign_id: str, member_id: str) -> str:
    """The one participant that a member is in a campaign."""
    return _participant(campaign_id, ids.digest32("participant", campaign_id, member_id)[:_OWN_CHARACTERS])


def packet_id(participant: str, draw_no: int) -> str:
    """The packet of a participant's draw: the same number is the same packet for ever."""
    return ids.derived_id("packet", participant, draw_no)


def make_invite(campaign_id: str, inviter: Invite) -> str:
    """An invite: 32 characters, as many as the scene of a mini-program code holds."""
    payload = _tag(campaign_id) + _own(inviter.participant_id) + inviter.depth.to_bytes(_DEPTH_BYTES, "big")
    return seal(payload, _invite_key())


def read_invite(campaign_id: str, token: str) -> Invite:
    """Who invites by this token; 422 `invalid_invite` for one that we did not make for this campaign."""
    try:
        payload = unseal(token, _invite_key())
    except BadToken as error:
        raise _bad_invite() from error
    tag, own, depth = payload[:_TAG_BYTES], payload[_TAG_BYTES:-_DEPTH_BYTES], payload[-_DEPTH_BYTES:]
    if tag != _tag(campaign_id) or len(own) != _OWN_BYTES:
        raise _bad_invite()
    return Invite(_from_own(campaign_id, own), int.from_bytes(depth, "big"))


def place_below(own_id: str, inviter: Invite | None) -> tuple[str | None, int]:
    """Parent and depth of somebody who joins: one below the inviter, however deep that is.

    One's own invite makes nobody a parent. Longer cycles cannot be: an invite exists only after its maker has
    joined, and whoever has joined gets no other parent.
    """
    if inviter is None or inviter.participant_id == own_id:
        return None, 0
    return inviter.participant_id, min(inviter.depth + 1, DEEPEST)


def name_in_pot(campaign_id: str, participant: str, draw_no: int) -> str:
    """A draw's attribute name in a bucket: 22 characters that only we can read, and the draw's ordinal."""
    block = _cipher(campaign_id).encryptor().update(_own(participant) + _PADDING)
    return urlsafe_b64encode(block).decode()[:_NAME_CHARACTERS] + crockford.ALPHABET[draw_no - 1]


def read_name(campaign_id: str, name: str) -> tuple[str, int]:
    """Participant and draw_no of a name in a bucket; ValueError for a name that is not ours."""
    block = urlsafe_b64decode(name[:_NAME_CHARACTERS] + "==")
    plain = bytes(_cipher(campaign_id).decryptor().update(block))
    if plain[_OWN_BYTES:] != _PADDING:
        raise ValueError("not a name that was made for this pot")
    return _from_own(campaign_id, plain[:_OWN_BYTES]), crockford.ALPHABET.index(name[_NAME_CHARACTERS]) + 1


def short(participant: str) -> str:
    """The part of a participant's id that tells it from the others of its campaign."""
    return participant[-_OWN_CHARACTERS:]


def _participant(campaign_id: str, own: str) -> str:
    return f"{ids.PREFIXES['participant']}_{campaign_id[4:14]}{own}"


def _own(participant: str) -> bytes:
    return crockford.decode_int(short(participant)).to_bytes(_OWN_BYTES, "big")


def _from_own(campaign_id: str, own: bytes) -> str:
    return _participant(campaign_id, crockford.encode_int(int.from_bytes(own, "big"), _OWN_CHARACTERS))


def _tag(campaign_id: str) -> bytes:
    return hashlib.sha256(campaign_id.encode()).digest()[:_TAG_BYTES]


def _invite_key() -> bytes:
    return derive_key(app_secrets().token_key, "invite")


def _cipher(campaign_id: str) -> Any:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    # One block that never repeats for another participant: a permutation is wanted here, not a mode.
    return Cipher(AES(derive_key(app_secrets().token_key, f"pot {campaign_id}")[:16]), ECB())  # noqa: S305


def _bad_invite() -> SiyuError:
    return SiyuError("invalid_invite", "The invite does not belong to this campaign. Join without it.", param="invite")
