"""The conditional write that decides a claim."""

from __future__ import annotations

from chalicelib.codes.models import Code
from chalicelib.codes.scans.tables import FIRST_SCAN, Sighting, code_pk
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Outcome


def record_claim(seen: Sighting, *, prize_fen: int, now: Millis) -> Outcome:
    """Bind the claim to a member, once; a claim of a code that nobody scanned is its first scan too.

    Two members at once, or one of them twice: the first write sets `ca`, the second one's condition fails and sees
    whose claim it is. Nothing but a claim bars a claim, and this one does for ever, also when its member has left.
    """
    return dynamo.update(
        Code,
        code_pk(seen.code),
        "C",
        "SET own = :m, ca = :t, pz = :pz, b = :b, p = :p, s = :s, n = if_not_exists(n, :one)" + FIRST_SCAN,
        condition="attribute_not_exists(ca)",
        values={
            ":m": seen.member_id,
            ":t": now,
            ":pz": prize_fen,
            ":r": seen.visit_id,
            ":d": "",
            ":b": seen.batch_id,
            ":p": seen.product_id,
            ":s": seen.channel_id,
            ":one": 1,
        },
    )
