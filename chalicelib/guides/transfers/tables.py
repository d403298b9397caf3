"""Customers on their way from one guide to another: the job, its customers, and who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from chalicelib.guides.models import Awaited, Handed, OpenTransfer, TransferJob
from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.kernel.text import userid_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page

OPEN: Final = "TRANSFERS#OPEN"


POLL_AGAIN: Final = 30 * MINUTE


def create(transfer_id: str, fields: Item) -> Item:
    """The job as it stands: written now, or by an earlier try with the same id. Found as open until it ends."""
    dynamo.put_once(OpenTransfer, {"pk": OPEN, "sk": transfer_id})
    row = {"pk": _job(transfer_id), "sk": "JOB", "asked": False, "ended": False, "counts": {}, "polled_at": 0}
    row |= fields
    outcome = dynamo.put_once(TransferJob, row)
    return row if outcome.done else outcome.item


def job(transfer_id: str) -> Item | None:
    """A transfer."""
    return dynamo.get(TransferJob, _job(transfer_id), "JOB", strong=True)


def open_transfers() -> Iterator[str]:
    """Ids of the transfers that have not ended."""
    return (row["sk"] for row in dynamo.every(OpenTransfer, OPEN))


def lease_poll(transfer_id: str, now: Millis) -> bool:
    """True when it is time to ask WeCom again. Settles two jobs of the schedule at once."""
    return dynamo.update(
        TransferJob,
        _job(transfer_id),
        "JOB",
        "SET polled_at = :now",
        condition="attribute_exists(pk) AND polled_at <= :since",
        values={":now": now, ":since": now - POLL_AGAIN},
    ).done


def mark_asked(transfer_id: str) -> None:
    """Every customer was put before WeCom."""
    dynamo.update(TransferJob, _job(transfer_id), "JOB", "SET asked = :yes", values={":yes": True})


def put_counts(transfer_id: str, counts: dict[str, int], ended: bool) -> None:
    """How the customers stand; an ended transfer is no longer looked at."""
    dynamo.update(
        TransferJob,
        _job(transfer_id),
        "JOB",
        "SET counts = :counts, ended = :ended",
        values={":counts": counts, ":ended": ended},
    )
    if ended:
        dynamo.delete(OpenTransfer, OPEN, transfer_id)


def put_asked(transfer_id: str, contact: str, member_id: str, to_userid: str, now: Millis) -> Item:
    """A customer about to be put before WeCom, as they stand now: a repeated page finds its own rows.

    The pointer comes first, so that whatever WeCom tells afterwards finds its way here.
    """
    dynamo.update(Awaited, f"HANDOVER#{contact}", userid_key(to_userid), "SET t = :t", values={":t": transfer_id})
    row = {"pk": _job(transfer_id), "sk": f"C#{contact}", "m": member_id, "st": "asked", "at": now}
    outcome = dynamo.put_once(Handed, row)
    return row if outcome.done else outcome.item


def put_moved(transfer_id: str, member_id: str, state: Literal["done", "failed"], why: str | None, now: Millis) -> None:
    """A member whom WeCom has no part in."""
    row = {"pk": _job(transfer_id), "sk": f"M#{member_id}", "m": member_id, "st": state, "why": why, "at": now}
    dynamo.put_once(Handed, row)


def begin_waiting(transfer_id: str, contact: str) -> None:
    """WeCom took the customer in; a customer whose outcome came faster keeps it."""
    _step(transfer_id, contact, "SET st = :waiting", {":waiting": "waiting"}, "st = :asked", {":asked": "asked"})


def fail(transfer_id: str, contact: str, why: str) -> bool:
    """The customer stays: an errcode, or WeCom's word. An outcome that stands is not changed."""
    values = {":failed": "failed", ":why": why}
    return _step(transfer_id, contact, "SET st = :failed, why = :why", values, *_UNDECIDED).done


def accept(transfer_id: str, contact: str, done_at: Millis) -> Item:
    """The customer is the receiver's since a moment; the first one told stands. `{}` for one who failed.

    Settles callback and poll, which tell the same with different seconds.
    """
    outcome = _step(
        transfer_id,
        contact,
        "SET done_at = if_not_exists(done_at, :at)",
        {":at": done_at},
        "attribute_exists(pk) AND st <> :failed",
        {":failed": "failed"},
    )
    return outcome.item if outcome.done else {}


def finish(transfer_id: str, contact: str) -> None:
    """The binding has moved."""
    _step(transfer_id, contact, "SET st = :done", {":done": "done"}, *_UNDECIDED)


def handed(transfer_id: str, contact: str) -> Item | None:
    """A customer of a transfer."""
    return dynamo.get(Handed, _job(transfer_id), f"C#{contact}", strong=True)


def handed_page(transfer_id: str, limit: int, cursor: str | None) -> Page:
    """Customers of a transfer; the job's own row, which stands behind `C#`, is left out."""
    rows, following = dynamo.page(Handed, _job(transfer_id), limit=limit, cursor=cursor)
    return [row for row in rows if row["sk"] != "JOB"], following


def every_handed(transfer_id: str) -> Iterator[Item]:
    """All customers of a transfer: 0.5 RRU per some 30 of them."""
    return (row for row in dynamo.every(Handed, _job(transfer_id)) if row["sk"] != "JOB")


def awaited(contact: str, userid: str) -> str | None:
    """The latest transfer of this customer to this userid."""
    found = dynamo.get(Awaited, f"HANDOVER#{contact}", userid_key(userid), strong=True)
    return str(found["t"]) if found else None


_UNDECIDED: Final = ("attribute_exists(pk) AND st IN (:asked, :waiting)", {":asked": "asked", ":waiting": "waiting"})


def _step(
    transfer_id: str, contact: str, expression: str, values: Item, condition: str, condition_values: Item
) -> dynamo.Outcome:
    return dynamo.update(
        Handed,
        _job(transfer_id),
        f"C#{contact}",
        expression,
        condition=condition,
        values={**values, **condition_values},
        returns="ALL_NEW",
    )


def _job(transfer_id: str) -> str:
    return f"TRANSFER#{transfer_id}"
