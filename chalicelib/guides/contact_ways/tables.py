"""The writes and reads of contact ways: one printed code, one guide or several behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chalicelib.guides.models import (
    AddedToday,
    Short,
    Way,
)
from chalicelib.kernel.clock import DAY, SECOND, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page


def save_short(short: str, full: str) -> None:
    """Remember what a short token stands for."""
    dynamo.put_once(Short, {"pk": f"SHORT#{short}", "sk": "SHORT", "full": full})


def full_of(short: str) -> str | None:
    """What a short token stands for."""
    found = dynamo.get(Short, f"SHORT#{short}", "SHORT")
    return str(found["full"]) if found else None


LEASE: Final = 30 * SECOND


_DIGEST: Final = 12


def create(way_id: str, fields: Item) -> Item:
    """The code as it stands: written now, or by an earlier try with the same id."""
    row = {"pk": "WAYS", "sk": way_id, "rev": 1, "applied": [], **fields}
    outcome = dynamo.put_once(Way, row)
    return row if outcome.done else outcome.item


def way(way_id: str) -> Item | None:
    """A code."""
    return dynamo.get(Way, "WAYS", way_id)


def page(limit: int, cursor: str | None) -> Page:
    """Codes in the order of their ids."""
    return dynamo.page(Way, "WAYS", limit=limit, cursor=cursor)


def every_way() -> Iterator[Item]:
    """All codes in the order of their ids."""
    return dynamo.every(Way, "WAYS", page_size=100)


def edit(way_id: str, fields: Item) -> Outcome:
    """Replace what is behind a code; not done when there is none. The last writer's word stands."""
    names = {f"#{name}": name for name in fields}
    sets = ", ".join(f"#{name} = :{name}" for name in fields)
    return dynamo.update(
        Way,
        "WAYS",
        way_id,
        f"SET {sets} ADD rev :one",
        condition="attribute_exists(pk)",
        names=names,
        values={**{f":{name}": value for name, value in fields.items()}, ":one": 1},
        returns="ALL_NEW",
    )


def lease(way_id: str, now: Millis) -> Outcome:
    """Done, with the row, for the one who may tell WeCom now."""
    return dynamo.update(
        Way,
        "WAYS",
        way_id,
        "SET #lease = :until",
        condition="attribute_exists(pk) AND (attribute_not_exists(#lease) OR #lease <= :now)",
        names={"#lease": "lease"},
        values={":until": now + LEASE, ":now": now},
        returns="ALL_NEW",
    )


def end_lease(way_id: str) -> None:
    """Let the next one tell WeCom."""
    dynamo.update(Way, "WAYS", way_id, "REMOVE #lease", names={"#lease": "lease"})


def save_applied(way_id: str, rev: int, userids: list[str], config_id: str, qr_code: str) -> Outcome:
    """What WeCom has behind the code now. Not done when the code was edited meanwhile: tell WeCom again.

    The picture is written either way: it is printed, the first one stands.
    """
    dynamo.update(
        Way,
        "WAYS",
        way_id,
        "SET config_id = :config, qr_code = :qr",
        condition="attribute_not_exists(config_id)",
        values={":config": config_id, ":qr": qr_code},
    )
    return dynamo.update(
        Way,
        "WAYS",
        way_id,
        "SET applied = :applied REMOVE #lease",
        condition="rev = :rev",
        names={"#lease": "lease"},
        values={":applied": userids, ":rev": rev},
        returns="ALL_NEW",
    )


def count_in(way_id: str, day: str, guide_id: str, contact: str, most: int, now: Millis) -> int:
    """How many a guide got by this code on that day, this one among them: told twice, one counts once."""
    outcome = dynamo.update(
        AddedToday,
        f"ADDED#{way_id}#{day}",
        guide_id,
        "ADD s :one SET expires = :expires",
        condition="attribute_not_exists(s) OR size(s) < :most",
        values={":one": {contact[:_DIGEST]}, ":expires": (now + 3 * DAY) // 1000, ":most": most},
        returns="ALL_NEW",
    )
    return len(outcome.item.get("s", ()))


def counts(way_id: str, day: str) -> dict[str, int]:
    """How many each guide got by a code on a day."""
    return {row["sk"]: len(row["s"]) for row in dynamo.every(AddedToday, f"ADDED#{way_id}#{day}", strong=True)}
