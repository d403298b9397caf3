"""The writes and reads of guides themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from chalicelib.guides.models import Guide
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

LEASE: Final = 30 * SECOND


def create_guide(guide_id: str, fields: Item) -> Item:
    """Write a guide, or answer what an earlier try with the same id wrote."""
    item = {"pk": "GUIDES", "sk": guide_id, **fields}
    outcome = dynamo.put_once(Guide, item)
    return item if outcome.done else outcome.item


def guide(guide_id: str) -> Item | None:
    """A guide's row."""
    return dynamo.get(Guide, "GUIDES", guide_id)


def guides_by_id(guide_ids: Iterable[str]) -> dict[str, Item]:
    """Guides by id: 0.5 RRU each, a hundred a call."""
    found = dynamo.batch_get(Guide, [("GUIDES", guide_id) for guide_id in guide_ids])
    return {sk: row for (_, sk), row in found.items()}


def guides_page(limit: int, cursor: str | None) -> Page:
    """Guides in the order of their ids."""
    return dynamo.page(Guide, "GUIDES", limit=limit, cursor=cursor)


def every_guide() -> Iterator[Item]:
    """All guides in the order of their ids."""
    return dynamo.every(Guide, "GUIDES")


def put_heir(guide_id: str, heir_id: str, now: Millis) -> Item:
    """Who took over from a guide who left: the moment is that of the first time, the person that of the last."""
    return dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET heir = :heir, heir_at = if_not_exists(heir_at, :now)",
        values={":heir": heir_id, ":now": now},
        returns="ALL_NEW",
    ).item


def lease_way(guide_id: str, now: Millis) -> Outcome:
    """Done for the one who may ask WeCom for the contact way now.

    Settles two tries at once, each of which would get a code of its own: the second waits out the lease.
    """
    return dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET way_lease = :until",
        condition="attribute_not_exists(config_id) AND (attribute_not_exists(way_lease) OR way_lease <= :now)",
        values={":until": now + LEASE, ":now": now},
        returns="ALL_NEW",
    )


def end_lease(guide_id: str) -> None:
    """Let the next try begin at once: this one was refused and made nothing."""
    dynamo.update(Guide, "GUIDES", guide_id, "REMOVE way_lease")


def save_way(guide_id: str, config_id: str, qr_code: str) -> Item:
    """The contact way that WeCom made; the first stands, for it may be printed."""
    outcome = dynamo.update(
        Guide,
        "GUIDES",
        guide_id,
        "SET config_id = :config, qr_code = :qr REMOVE way_lease",
        condition="attribute_not_exists(config_id)",
        values={":config": config_id, ":qr": qr_code},
        returns="ALL_NEW",
    )
    return outcome.item
