"""The use case of claims."""

from __future__ import annotations

import msgspec

from chalicelib.codes.claims import tables
from chalicelib.codes.format import keys
from chalicelib.codes.lifecycle import rules as lifecycle_rules
from chalicelib.codes.prizes import rules as prize_rules
from chalicelib.codes.prizes import tables as prize_tables
from chalicelib.codes.scans.lookup import Located, locate_strongly
from chalicelib.codes.scans.service import Visit, sighting
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import service as members


class Claim(msgspec.Struct, frozen=True):
    """A claim that holds; `packet_id` names the prize's payment, None without one."""

    code: str
    prize_fen: int
    packet_id: str | None


def claim(text: str, member_id: str, now: Millis, *, visit_id: str, openid: str = "") -> Claim:
    """Bind a code's prize to a member, once; the owner's repeat gets the same answer.

    After the batch's claim deadline the item can still be theirs, without a prize. `openid` is that of the session: a
    prize is paid to it.

    404 for an unknown code, 422 `code_inactive` or `code_void`, 409 `claimed_by_another`.
    """
    located = locate_strongly(text, now)
    if located is None:
        raise not_found("code", text)
    _refuse_unless_active(located.place.state)
    seen = sighting(located, Visit(visit_id, member_id=member_id))
    prize_fen = _prize_of(located, now)
    if prize_fen:
        prize_tables.open_claim(located.code, member_id, openid, now)
    outcome = tables.record_claim(seen, prize_fen=prize_fen, now=now)
    if not outcome.done:
        _refuse_unless_same_person(outcome.item["own"], member_id)
    won = prize_fen if outcome.done else outcome.item["pz"]
    return Claim(located.code, won, prize_rules.packet_id(located.code) if won else None)


def _refuse_unless_active(state: lifecycle_rules.State) -> None:
    if state == "void":
        raise SiyuError("code_void", "This code was withdrawn. Ask the brand's service.")
    if state == "inactive":
        raise SiyuError("code_inactive", "This code is not in use yet. Try again when the item is on sale.")


def _prize_of(located: Located, now: Millis) -> int:
    header = located.header
    if not prize_rules.are_open(header, now):
        return 0
    if keys.prize_key_hash(header["batch_id"]) != header["prize_key_hash"]:
        # Another key would make other winners than the ones that were promised by the hash.
        raise RuntimeError("the prize key in the secret is not the one that this batch was minted with")
    tiers = [prize_rules.Tier(*tier) for tier in header["prizes"]]
    return prize_rules.amount_of(located.sequence, header["quantity"], tiers, keys.prize_key(header["batch_id"]))


def _refuse_unless_same_person(owner: str, member_id: str) -> None:
    """The owner on the row may be an older profile of the same person."""
    if owner != member_id and not _is_same_person(owner, member_id):
        raise SiyuError("claimed_by_another", "Somebody else has claimed this code.")


def _is_same_person(owner: str, member_id: str) -> bool:
    """Whether both ids lead to one profile today; an owner who left leads nowhere."""
    claimant = members.current(member_id, strong=True)
    try:
        return bool(members.current(owner, strong=True)["pk"] == claimant["pk"])
    except SiyuError as error:
        if error.code == "not_found":
            return False
        raise
