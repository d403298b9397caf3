"""What a container keeps for `cache_seconds`, so that ten thousand bindings a second do not read one row each time."""

from __future__ import annotations

from functools import lru_cache

from chalicelib.guides import tables as guide_tables
from chalicelib.guides.bindings import tables
from chalicelib.guides.bindings.rules import Policy
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.settings import settings


class _NoGuide(LookupError):
    """Raised so that a guide who is not there yet is asked for again."""


def guide_and_policy(guide_id: str, now: Millis) -> tuple[Item | None, Policy]:
    """A guide's row, None when there is none, and the binding policy: 0.5 RRU each when not kept."""
    kept_for = settings().cache_seconds * SECOND
    if not kept_for:
        return guide_tables.guide(guide_id), tables.policy()
    slot = now // kept_for
    try:
        return _guide(guide_id, slot), _policy(slot)
    except _NoGuide:
        return None, Policy()


@lru_cache(maxsize=512)
def _guide(guide_id: str, slot: int) -> Item:
    # `slot` is a stretch of time: a new one asks again.
    del slot
    found = guide_tables.guide(guide_id)
    if found is None:
        raise _NoGuide
    return found


@lru_cache(maxsize=1)
def _policy(slot: int) -> Policy:
    del slot
    return tables.policy()
