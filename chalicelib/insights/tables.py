"""The writes and reads of counters, and which events they have counted.

Events and the counters that they add to are written by one transaction per batch, so a number is exact whatever is
delivered twice and whoever dies: 2 WRU an event and 2 for each counter that the batch touches. Why not cheaper: the
queue has no order, so a high-water mark cannot tell old from new; a set of recent events inside the counter is exact
only while it is kept whole, that is for the queue's 14 days, and a busy counter would grow by 11 bytes an event; a
row first and the counter after (2 WRU) loses or repeats an event when a worker dies in between.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.insights.models import Counted, Numbers
from chalicelib.insights.rules import METRICS, Dimension, Fact
from chalicelib.kernel.clock import DAY, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Write, transaction

SHARDS: Final[dict[Dimension, int]] = {"channel": 32, "product": 8, "batch": 8, "city": 8}
"""Partitions of a month: at 10,000 scans a second, ten a batch, each takes some 250 write units, of 1,000."""


MOST_WRITES: Final = 100
"""DynamoDB's bound for one transaction."""


REMEMBERED_FOR: Final = 20 * DAY
"""An event may come again as long as the queues keep it (14 days), and a stream adds one more day."""


def count_once(facts: Sequence[Fact], now: Millis) -> int:
    """Add what facts add, each once for ever; how many were new.

    Settles two deliveries of one event: the rows of the facts and the counters change together or not at all. When
    one of them turns out to be counted meanwhile, each is tried alone.
    """
    fresh = _unknown(facts)
    counted = 0
    for chunk in _chunks(fresh):
        if dynamo.transact(_writes(chunk, now)):
            counted += len(chunk)
        elif len(chunk) > 1:
            counted += sum(dynamo.transact(_writes([fact], now)) for fact in chunk)
    return counted


def numbers_of(month: str, dimension: Dimension = "channel") -> Iterator[tuple[str, str, Item]]:
    """(day, channel id or other name, numbers) of every counter of a month."""
    for shard in range(SHARDS[dimension]):
        for row in dynamo.every(Numbers, _pk(dimension, month, shard)):
            day, _, name = row["sk"].partition("#")
            yield day, name, {metric: row[metric] for metric in METRICS if metric in row}


def _unknown(facts: Sequence[Fact]) -> list[Fact]:
    """Facts that were not counted, as far as a cheap read knows: 0.5 RRU each. The transaction decides."""
    unique = list({fact.key: fact for fact in facts}.values())
    known = dynamo.batch_get(Counted, [_counted_key(fact.key) for fact in unique])
    return [fact for fact in unique if _counted_key(fact.key) not in known]


def _chunks(facts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Facts in portions that one transaction can take."""
    chunk: list[Fact] = []
    writes = 0
    for fact in facts:
        size = 1 + len(fact.gains)
        if chunk and writes + size > MOST_WRITES:
            yield chunk
            chunk, writes = [], 0
        chunk.append(fact)
        writes += size
    if chunk:
        yield chunk


def _writes(facts: Sequence[Fact], now: Millis) -> list[Write]:
    counters: dict[tuple[Dimension, str, str], Counter[str]] = {}
    for dimension, gain in (pair for fact in facts for pair in fact.gains):
        counters.setdefault((dimension, gain.day, gain.name), Counter()).update(gain.adds)
    return [
        *(_remember(fact.key, now) for fact in facts),
        *(_add(facts[0].key, *which, adds) for which, adds in counters.items()),
    ]


def _pk(dimension: Dimension, month: str, shard: int) -> str:
    return f"N{'' if dimension == 'channel' else f'-{dimension}'}#{month}#{shard:02d}"


def _counted_key(key: str) -> dynamo.Key:
    return f"E#{key}", "E"


def _remember(key: str, now: Millis) -> Write:
    pk, sk = _counted_key(key)
    item = {"pk": pk, "sk": sk, "expires": (now + REMEMBERED_FOR) // 1000}
    return transaction.put_once(Counted, item)


def _add(key: str, dimension: Dimension, day: str, name: str, gains: Counter[str]) -> Write:
    shard = hashlib.sha256(key.encode()).digest()[0] % SHARDS[dimension]
    adds = list(enumerate(gains.items()))
    return transaction.update(
        Numbers,
        _pk(dimension, day[:6], shard),
        f"{day}#{name}",
        "ADD " + ", ".join(f"#{place} :{place}" for place, _ in adds),
        names={f"#{place}": metric for place, (metric, _) in adds},
        values={f":{place}": number for place, (_, number) in adds},
    )
