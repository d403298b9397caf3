"""The row of one export: what was asked for, how far it got, and who works on it."""

from __future__ import annotations

from typing import Final, Literal

from chalicelib.codes.models import Export
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

LEASE: Final = 60 * SECOND
"""A worker that has not been heard of for so long is taken for dead."""
_MINE: Final = "lease = :me"


class LeaseLost(Exception):
    """Another worker has taken over: leave everything to it."""


def create(export_id: str, fields: Item) -> Item:
    """The export, once: a repeated request finds the first one's."""
    outcome = dynamo.put_once(Export, {"pk": _pk(export_id), "sk": "X", "export_id": export_id, **fields})
    return outcome.item or {"export_id": export_id, **fields}


def find(export_id: str, *, strong: bool = False) -> Item | None:
    """An export as it stands."""
    return dynamo.get(Export, _pk(export_id), "X", strong=strong)


def lease(export_id: str, worker: str, now: Millis) -> Outcome:
    """Become the worker of an unfinished export; not done when another one is alive or it has ended.

    The race it settles: a message delivered twice. One takes the lease, the other one's condition fails.
    """
    return dynamo.update(
        Export,
        _pk(export_id),
        "X",
        "SET #state = :running, lease = :me, lease_until = :until",
        condition=f"#state IN (:waiting, :running) AND ({_MINE} OR attribute_not_exists(lease) OR lease_until < :now)",
        names={"#state": "state"},
        values={":waiting": "waiting", ":running": "running", ":me": worker, ":now": now, ":until": now + LEASE},
        returns="ALL_NEW",
    )


def begin(row: Item, upload_id: str) -> Item:
    """Keep the upload that S3 opened."""
    return _as_worker(row, "SET upload_id = :upload", {":upload": upload_id})


def beat(row: Item, seen: int, now: Millis) -> Item:
    """Still alive, and so many codes further: progress to be seen, not yet kept."""
    return _as_worker(row, "SET seen = :seen, lease_until = :until", {":seen": seen, ":until": now + LEASE})


def advance(row: Item, codes: int, size: int, now: Millis) -> Item:
    """One more part of the file is kept, which has now so many codes and `size` bytes.

    The fence against a worker that was slow, not dead: it holds the lease no more.
    """
    expression = "SET parts = :parts, kept_codes = :codes, kept_bytes = :size, seen = :codes, lease_until = :until"
    values = {":parts": row["parts"] + 1, ":codes": codes, ":size": size, ":until": now + LEASE}
    return _as_worker(row, expression, values)


def let_go(row: Item) -> None:
    """Leave the export to whoever comes next; without effect when somebody has come already."""
    _try_as_worker(row, "REMOVE lease, lease_until", {})


def end(row: Item, state: Literal["done", "failed"], now: Millis) -> None:
    """Running → done or failed; without effect when another worker has ended it."""
    expression = "SET #state = :state, ended_at = :now REMOVE lease, lease_until"
    _try_as_worker(row, expression, {":state": state, ":now": now}, names={"#state": "state"})


def _as_worker(row: Item, expression: str, values: Item) -> Item:
    outcome = _try_as_worker(row, expression, values)
    if not outcome.done:
        raise LeaseLost
    return outcome.item


def _try_as_worker(row: Item, expression: str, values: Item, names: dict[str, str] | None = None) -> Outcome:
    return dynamo.update(
        Export,
        row["pk"],
        "X",
        expression,
        condition=_MINE,
        names=names,
        values={**values, ":me": row["lease"]},
        returns="ALL_NEW",
    )


def _pk(export_id: str) -> str:
    return f"X#{export_id}"
