"""What every binding asks for, cached: ten thousand a second must not read one row each time."""

from __future__ import annotations

from typing import Final

from chalicelib.guides import tables as guide_tables
from chalicelib.guides.bindings import tables
from chalicelib.guides.bindings.rules import DatedPolicy
from chalicelib.kernel import clock
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.cache import Cache
from chalicelib.runtime.dynamo import Item

# A guide who is not there yet is asked for again.
_guides: Final[Cache[str, Item | None]] = Cache(512)
_policies: Final[Cache[None, list[DatedPolicy]]] = Cache(1)


def guide(guide_id: str, now: Millis) -> Item | None:
    """A guide's row, None when there is none: 0.5 RRU when not cached."""
    return _guides.get(guide_id, now, lambda: guide_tables.guide(guide_id))


def policies() -> list[DatedPolicy]:
    """Every binding policy: 1 RRU when not cached. One in force is known here: it came into force that much later."""
    return _policies.get(None, clock.now(), tables.policies)
