"""Scans on record with their signals, and the counters of evidence that are folded with them.

A visit's row and the counters it adds to change in one transaction: the row is the dedupe key, so a number is exact
whatever is delivered twice and whoever dies. Without a signal it is one plain write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from chalicelib.codes.batches.tables import batch_pk
from chalicelib.codes.diversion.rules import EARLY, Signal
from chalicelib.codes.models import Batch, Visit
from chalicelib.codes.scans.tables import code_pk
from chalicelib.kernel import cities
from chalicelib.kernel.clock import Millis, shanghai_month
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Write, transaction


def set_thresholds(number: int, thresholds: Item) -> None:
    """When the batch's signals speak. Of two operators at once the later one holds."""
    dynamo.update(Batch, batch_pk(number), "H", "SET thresholds = :limits", values={":limits": thresholds})


NOWHERE: Final = "-"
"""The channel of items that were meant for none."""


SHARDS: Final = 8
"""Partitions of a month's evidence: together some 4,000 signals a second, far more than any brand wants to have."""


_UNKNOWN_PLACES: Final = 64


class Evidence(dynamo.Row):
    """Signals against a channel. pk = `EV#<month>#<shard>`, sk = `<channel>#<batch>#<rule>#<place>`.

    n: how many. city: the place in words. code, at: the latest example.
    """

    class Meta(Batch.Meta):
        pass


class Box(dynamo.Row):
    """First scans of a box by city. pk = the batch's + `#BOX#` + box, sk = `BOX`; an attribute `in:<city>` per city.

    Only cities that are known count, so an item has some 350 attributes at the very most. Under sk = `S#<city>`:
    the signal that the box clusters there.
    """

    class Meta(Batch.Meta):
        pass


class Sight(NamedTuple):
    """What a signal is evidence of: which item, meant for whom, seen where and when."""

    code: str
    batch_id: str
    channel_id: str
    city: str
    at: Millis


class BoxKey(NamedTuple):
    """A box of a batch; boxes count from 1."""

    number: int
    box: int

    @property
    def pk(self) -> str:
        """The key of its rows."""
        return f"{batch_pk(self.number)}#BOX#{self.box}"


def record_visit(seen: Sight, visit_id: str, facts: Item, signals: Sequence[Signal], box: BoxKey | None) -> bool:
    """Write a scan into the history and count its signals, once; False when it is there.

    `box`: to count a first scan in, when its city is known.
    """
    item = {
        "pk": code_pk(seen.code),
        "sk": _visit_sk(seen.at, visit_id),
        "visit_id": visit_id,
        "at": seen.at,
        **facts,
        **({"signals": msgspec.to_builtins(signals)} if signals else {}),
    }
    counters = [*_counted(seen, signals), *_boxed(seen, box)]
    if not counters:
        return dynamo.put_once(Visit, item).done
    return dynamo.transact([transaction.put_once(Visit, item), *counters])


def record_city(seen: Sight, visit_id: str, signals: Sequence[Signal], box: BoxKey | None) -> bool:
    """Add the city that was told after the scan to its row, with what follows from it; False when it is there.

    LookupError while the visit itself is not on record: told again later, the events come in any order.
    """
    pk, sk = code_pk(seen.code), _visit_sk(seen.at, visit_id)
    located = transaction.update(
        Visit,
        pk,
        sk,
        "SET city = :city, signals = list_append(if_not_exists(signals, :none), :signals)",
        condition="attribute_exists(pk) AND attribute_not_exists(city)",
        values={":city": seen.city, ":none": [], ":signals": msgspec.to_builtins(signals)},
    )
    if dynamo.transact([located, *_counted(seen, signals), *_boxed(seen, box)]):
        return True
    if dynamo.get(Visit, pk, sk, strong=True) is None:
        raise LookupError("the visit is not on record yet")
    return False


def first_scans(box: BoxKey) -> dict[str, int]:
    """First scans of a box by city."""
    row = dynamo.get(Box, box.pk, "BOX", strong=True) or {}
    return {name.removeprefix("in:"): number for name, number in row.items() if name.startswith("in:")}


def record_box_signal(seen: Sight, box: BoxKey, signal: Signal) -> bool:
    """Put on record that a box clusters in a city, once for box and city."""
    item = {"pk": box.pk, "sk": f"S#{seen.city}", "at": seen.at, "rule": signal.rule, "inputs": signal.inputs}
    return dynamo.transact([transaction.put_once(Box, item), *_counted(seen, [signal])])


def box_signals(box: BoxKey) -> list[Signal]:
    """What is on record of a box."""
    return [Signal(row["rule"], row["inputs"]) for row in dynamo.every(Box, box.pk, prefix="S#")]


def evidence_of(month: str) -> Iterator[tuple[str, str, str, Item]]:
    """(channel id, batch id, rule, counter) of every counter of a month (`YYYY-MM`)."""
    for shard in range(SHARDS):
        for row in dynamo.every(Evidence, f"EV#{month}#{shard}"):
            channel_id, batch_id, rule, _ = row["sk"].split("#", 3)
            yield channel_id, batch_id, rule, row


def _counted(seen: Sight, signals: Sequence[Signal]) -> Iterator[Write]:
    shard = hashlib.sha256(seen.code.encode()).digest()[0] % SHARDS
    for signal in signals:
        if signal.rule in EARLY:
            continue
        place, city = _place(seen.city)
        sk = f"{seen.channel_id or NOWHERE}#{seen.batch_id}#{signal.rule}#{place}"
        yield transaction.update(
            Evidence,
            f"EV#{shanghai_month(seen.at)}#{shard}",
            sk,
            "ADD n :one SET city = :city, code = :code, #at = :at",
            names={"#at": "at"},
            values={":one": 1, ":city": city, ":code": seen.code, ":at": seen.at},
        )


def _boxed(seen: Sight, box: BoxKey | None) -> Iterator[Write]:
    known = cities.find(seen.city)
    if box is None or known is None:
        return
    names = {"#city": f"in:{known.name}"}
    yield transaction.update(Box, box.pk, "BOX", "ADD #city :one", names=names, values={":one": 1})


def _place(city: str) -> tuple[str, str]:
    """A key and the words for a place. Clients may send any text: unknown ones share few keys."""
    known = cities.find(city)
    if known:
        return known.name, known.name
    slot = hashlib.sha256(city.encode()).digest()[0] % _UNKNOWN_PLACES
    return (f"?{slot}", city) if city else ("", "")


def _visit_sk(at: Millis, visit_id: str) -> str:
    return f"V#{at:013d}#{visit_id}"
