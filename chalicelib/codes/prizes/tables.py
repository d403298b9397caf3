"""Claims of prizes that nobody has been asked to pay yet, and when a prize key was revealed.

The row is written before the claim itself, so whatever is lost afterwards (the stream's record, an event, the
consumer) leaves it behind, and the reconciler finds it without looking through the codes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from chalicelib.codes.batches.tables import batch_pk
from chalicelib.codes.models import Batch, OpenClaim
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def reveal_prize_key(number: int, by: str, now: Millis) -> dynamo.Outcome:
    """Note that the prize key is public from now on, once: a repeat keeps the first moment."""
    return dynamo.update(
        Batch,
        batch_pk(number),
        "H",
        "SET revealed_at = :now, revealed_by = :by",
        condition="attribute_exists(pk) AND attribute_not_exists(revealed_at)",
        values={":now": now, ":by": by},
        returns="ALL_NEW",
    )


SHARDS: Final = 16


def open_claim(code: str, member_id: str, openid: str, now: Millis) -> None:
    """Somebody is about to claim a code that wins, in this openid's session. 1 WRU, for winners only.

    Whoever is refused stands here too: the claim itself says whose it is, and only the owner's openid is ever read.
    """
    # The account that claimed is paid, also when the same person asks again with another one.
    dynamo.update(
        OpenClaim,
        _pk(code),
        code,
        "SET #at = :now, due = :now, #payee = if_not_exists(#payee, :openid)",
        names={"#at": "at", "#payee": member_id},
        values={":now": now, ":openid": openid},
        returns="NONE",
    )


def payee_of(code: str, member_id: str) -> str | None:
    """The openid with which a member claimed, while the claim is open: 1 RRU."""
    row = dynamo.get(OpenClaim, _pk(code), code, strong=True) or {}
    return row.get(member_id) or None


def due_rows(until: Millis) -> Iterator[Item]:
    """Every open claim that was due before `until`. A shard costs half a unit when nothing is wrong."""
    for shard in range(SHARDS):
        rows = dynamo.every(OpenClaim, f"OPEN#{shard:02d}", page_size=100)
        yield from (row for row in rows if row["due"] < until)


def postpone(row: Item, due: Millis) -> None:
    """Look at it again later, unless it was closed meanwhile: never write it anew."""
    dynamo.update(
        OpenClaim,
        row["pk"],
        row["sk"],
        "SET due = :due",
        condition="attribute_exists(pk)",
        values={":due": due},
        returns="NONE",
    )


def close(code: str) -> None:
    """The payout has been asked for. Doing it again changes nothing."""
    dynamo.delete(OpenClaim, _pk(code), code)


def close_orphan(row: Item) -> None:
    """Nobody claimed after all; unless a claim has begun since the row was read, which notes itself anew first."""
    condition, names, values = "#at = :seen", {"#at": "at"}, {":seen": row["at"]}
    dynamo.delete(OpenClaim, row["pk"], row["sk"], condition=condition, names=names, values=values)


def _pk(code: str) -> str:
    return f"OPEN#{zlib.crc32(code.encode()) % SHARDS:02d}"
