"""The insights' table: counters, and which events they have counted.

An event and its counter are written by one transaction, so a number is exact whatever is delivered twice and
whoever dies. Why not cheaper (4 WRU an event): the queue has no order, so a high-water mark can not tell old from
new; a set of recent events inside the counter is exact only while it is kept whole, that is for the queue's 14
days, and a busy counter would grow by 11 bytes an event; a row first and the counter after (2 WRU) loses or
repeats an event when a worker dies in between. Folding a whole SQS batch by one transaction per channel and day
would halve it, and is the next step should this table's bill ever show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from pynamodb.attributes import NumberAttribute

from chalicelib.insights.rules import METRICS, Gain
from chalicelib.kernel.clock import DAY, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item

SHARDS: Final = 32
"""Partitions of a month: at 10,000 events a second each takes some 600 write units, below DynamoDB's 1,000."""
REMEMBERED_FOR: Final = 20 * DAY
"""An event may come again as long as the queues keep it (14 days), and a stream adds one more day."""


class Counted(dynamo.Row):
    """An event that was counted. pk = `E#<dedupe key>`, sk = `E`."""

    class Meta:
        table_name = dynamo.TableName("insights")

    expires = NumberAttribute()


class Numbers(dynamo.Row):
    """Numbers of a day and channel. pk = `N#<month>#<shard>`, sk = `<day>#<channel>`; one attribute per metric."""

    class Meta:
        table_name = dynamo.TableName("insights")


def count_once(key: str, gain: Gain, now: Millis) -> bool:
    """Add an event's gain, once for ever; False when it was counted before.

    Settles two deliveries of one event: the row of the event and the counter change together or not at all.
    """
    return dynamo.transact([_remember(key, now), _add(key, gain)])


def numbers_of(month: str) -> Iterator[tuple[str, str, Item]]:
    """(day, channel id, numbers) of every counter of a month."""
    for shard in range(SHARDS):
        cursor: str | None = None
        while True:
            page = dynamo.query(Numbers, f"N#{month}#{shard:02d}", limit=1000, cursor=cursor)
            for row in page.items:
                day, _, channel_id = row["sk"].partition("#")
                yield day, channel_id, {name: row[name] for name in METRICS if name in row}
            cursor = page.cursor
            if cursor is None:
                break


def _remember(key: str, now: Millis) -> Item:
    item = {"pk": f"E#{key}", "sk": "E", "expires": (now + REMEMBERED_FOR) // 1000}
    return {
        "Put": {
            "TableName": Counted.Meta.table_name,
            "Item": dynamo.pack_item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _add(key: str, gain: Gain) -> Item:
    shard = hashlib.sha256(key.encode()).digest()[0] % SHARDS
    adds = list(enumerate(gain.adds.items()))
    return {
        "Update": {
            "TableName": Numbers.Meta.table_name,
            "Key": dynamo.pack_item({"pk": f"N#{gain.day[:6]}#{shard:02d}", "sk": f"{gain.day}#{gain.channel_id}"}),
            "UpdateExpression": "ADD " + ", ".join(f"#{place} :{place}" for place, _ in adds),
            "ExpressionAttributeNames": {f"#{place}": name for place, (name, _) in adds},
            "ExpressionAttributeValues": {f":{place}": dynamo.pack(number) for place, (_, number) in adds},
        }
    }


MODELS: Sequence[type[dynamo.Row]] = (Counted, Numbers)
