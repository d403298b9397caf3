"""The writes and reads of touches, policy versions and the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chalicelib.attribution.models import LedgerEntry, PolicyVersion, Touch
from chalicelib.kernel.clock import Millis, shanghai_month
from chalicelib.kernel.ids import digest32
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

TOUCHES_READ: Final = 16
"""Newest touches looked at: 16 fit in 4 KB, 0.5 RRU, however long a member's history is."""


def add_touch(member_id: str, at: Millis, key: str, fields: Item) -> bool:
    """Append a touch, 1 WRU; False when this key is there already."""
    item = {"pk": f"T#{member_id}", "sk": f"{at:013d}#{digest32(key)[:16]}", "at": at, **fields}
    return dynamo.put_once(Touch, item).done


def touches_until(member_id: str, moment: Millis) -> list[Item]:
    """The newest touches up to `moment`, newest first: 0.5 RRU."""
    return dynamo.first(Touch, f"T#{member_id}", TOUCHES_READ, up_to=f"{moment:013d}~", forward=False)


def add_policy(version: int, fields: Item) -> Outcome:
    """Write a version of the policy: of two operators who change the same version one wins."""
    return dynamo.put_once(PolicyVersion, {"pk": "POLICY", "sk": f"{version:08d}", **fields})


def policies(cursor: str | None) -> Page:
    """Policy versions, newest first: 16 rows fit in 4 KB."""
    return dynamo.page(PolicyVersion, "POLICY", limit=16, cursor=cursor, forward=False)


def newest_policy() -> Item | None:
    """The newest policy version, read strongly: 1 RRU."""
    return next(iter(dynamo.first(PolicyVersion, "POLICY", 1, forward=False, strong=True)), None)


def entry_key(payee: str, recorded_at: Millis, shop_id: str, order_id: str, cause: str) -> tuple[str, str]:
    """Where the ledger entry of (order, cause, payee) stands. The month is that of the fact, not of the consumer."""
    order = digest32(shop_id, order_id)[:16]
    return f"L#{payee}#{shanghai_month(recorded_at)}", f"{recorded_at:013d}#{order}#{cause}"


def add_entry(key: tuple[str, str], fields: Item) -> Outcome:
    """Append to the ledger: 1 WRU; told again, it meets itself."""
    return dynamo.put_once(LedgerEntry, {"pk": key[0], "sk": key[1], **fields})


def ledger_month(payee: str, month: str, limit: int, cursor: str | None) -> Page:
    """A payee's entries of a month, newest first."""
    return dynamo.page(LedgerEntry, f"L#{payee}#{month}", limit=limit, cursor=cursor, forward=False)


def find_entries(keys: Iterable[tuple[str, str]]) -> list[Item]:
    """The ledger entries that exist under these keys."""
    return list(dynamo.batch_get(LedgerEntry, keys, strong=True).values())
