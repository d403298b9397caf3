"""Reads of one item, of many by their keys, and of a partition by the page."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import backoff
from chalicelib.runtime.dynamo.models import Row
from chalicelib.runtime.dynamo.wire import Item, pack_item, unpack_item

PK_BYTES: Final = 2048


SK_BYTES: Final = 1024
"""DynamoDB's limits: a longer key names no item, and asking for it is an error there."""

PAGE_SIZE: Final = 1_000
"""Rows that `every` asks for at a time; the engine gives fewer when they have more than 1 MB."""

_KEYS_A_CALL: Final = 100

Key = tuple[str, str]
"""pk and sk of an item."""

Page = tuple[list[Item], str | None]
"""Items and the cursor of the next page, None on the last one; `make check` refuses to take one without the other."""


def get(model: type[Row], pk: str, sk: str, *, strong: bool = False) -> Item | None:
    """One item as plain values: 0.5 RRU, 1 when strong."""
    if not _can_exist(pk, sk):
        return None
    answer = client("dynamodb").get_item(
        TableName=model.Meta.table_name,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        ConsistentRead=strong,
        ReturnConsumedCapacity="TOTAL",
    )
    found = answer.get("Item")
    return unpack_item(found) if found else None


def batch_get(model: type[Row], keys: Iterable[Key], *, strong: bool = False) -> dict[Key, Item]:
    """Those of the items (pk, sk) that exist, by key: 0.5 RRU each, 1 when strong, a hundred a call.

    A key that is named twice is asked for once. `BatchUnfinished` when the engine keeps leaving keys unread: a
    caller that takes the answer for all there is must not miss one.
    """
    wanted = [key for key in dict.fromkeys(keys) if _can_exist(*key)]
    found: dict[Key, Item] = {}
    for start in range(0, len(wanted), _KEYS_A_CALL):
        found |= _get_some(model.Meta.table_name, wanted[start : start + _KEYS_A_CALL], strong=strong)
    return found


def page(
    model: type[Row],
    pk: str,
    *,
    limit: int,
    cursor: str | None,
    prefix: str = "",
    up_to: str = "",
    forward: bool = True,
    strong: bool = False,
) -> Page:
    """At most `limit` items of a partition for a caller who pages: (items, cursor), None on the last page.

    By a prefix of `sk`, or those whose `sk` is at most `up_to`. A page may be short, even empty, and not the last.
    400 `invalid_cursor` for a cursor that no page of this very query gave. Who wants them all takes `every`.
    """
    asked = _Asked(model, pk, prefix, up_to, forward, strong)
    items, last = _read(asked, limit, decode_cursor(cursor) if cursor else "")
    return items, encode_cursor(last) if last else None


def every(
    model: type[Row],
    pk: str,
    *,
    prefix: str = "",
    up_to: str = "",
    after: str = "",
    forward: bool = True,
    strong: bool = False,
    page_size: int = PAGE_SIZE,
) -> Iterator[Item]:
    """Every item of a partition, to its end: by a prefix of `sk` or up to one, behind the `sk` that `after` names.

    0.5 RRU per 4 KB, 1 when strong. A page is read when the one before was worked off, so who stops early asks for
    little more than they took.
    """
    asked = _Asked(model, pk, prefix, up_to, forward, strong)
    while True:
        items, after = _read(asked, page_size, after)
        yield from items
        if not after:
            return


def first(
    model: type[Row],
    pk: str,
    most: int,
    *,
    prefix: str = "",
    up_to: str = "",
    after: str = "",
    forward: bool = True,
    strong: bool = False,
) -> list[Item]:
    """The first `most` items of what `every` would give, fewer only when there are no more."""
    size = min(most, PAGE_SIZE)
    rows = every(model, pk, prefix=prefix, up_to=up_to, after=after, forward=forward, strong=strong, page_size=size)
    return list(islice(rows, most))


def greatest(model: type[Row], index: str, key: tuple[str, str], most: int) -> list[Item]:
    """The `most` items with the greatest sort keys under one key (attribute, value) of an index: 0.5 RRU per 4 KB."""
    name, value = key
    request: Item = {
        "TableName": model.Meta.table_name,
        "IndexName": index,
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": name},
        "ExpressionAttributeValues": {":key": {"S": value}},
        "ScanIndexForward": False,
        "Limit": most,
        "ReturnConsumedCapacity": "TOTAL",
    }
    found: list[Item] = []
    while len(found) < most:
        answer = client("dynamodb").query(**request)
        found += map(unpack_item, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return found[:most]


def encode_cursor(sk: str) -> str:
    """A page's last sort key, opaque to callers."""
    return urlsafe_b64encode(sk.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> str:
    """The sort key of a cursor that we gave; 400 `invalid_cursor` for anything else."""
    try:
        sk = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise _bad_cursor() from error
    # b64decode skips foreign characters, so that what is left may be anything: only our own spelling counts.
    if encode_cursor(sk) != cursor or not 0 < len(sk.encode()) <= SK_BYTES:
        raise _bad_cursor()
    return sk


def _get_some(table: str, keys: list[Key], *, strong: bool) -> dict[Key, Item]:
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
    found: dict[Key, Item] = {}
    for attempt in range(1, backoff.BATCH_ATTEMPTS + 1):
        answer = client("dynamodb").batch_get_item(
            RequestItems={table: {"Keys": wanted, "ConsistentRead": strong}}, ReturnConsumedCapacity="TOTAL"
        )
        items = map(unpack_item, answer.get("Responses", {}).get(table, []))
        found |= {(item["pk"], item["sk"]): item for item in items}
        wanted = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if not wanted:
            return found
        if attempt < backoff.BATCH_ATTEMPTS:
            backoff.wait(attempt)
    raise backoff.BatchUnfinished(table, len(wanted))


def _can_exist(pk: str, sk: str) -> bool:
    return 0 < len(pk.encode()) <= PK_BYTES and 0 < len(sk.encode()) <= SK_BYTES


class _Asked(NamedTuple):
    """What a query asks for, whichever of its pages."""

    model: type[Row]
    pk: str
    prefix: str
    up_to: str
    forward: bool
    strong: bool


def _read(asked: _Asked, limit: int, after: str) -> tuple[list[Item], str]:
    """One page behind the sort key `after`; and behind which one the next page begins, "" when there is none."""
    if not _can_exist(asked.pk, asked.prefix or "-"):
        return [], ""
    values: Item = {":pk": asked.pk}
    condition = "pk = :pk"
    if asked.prefix:
        condition, values[":prefix"] = "pk = :pk AND begins_with(sk, :prefix)", asked.prefix
    elif asked.up_to:
        condition, values[":up_to"] = "pk = :pk AND sk <= :up_to", asked.up_to
    request: Item = {
        "TableName": asked.model.Meta.table_name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": pack_item(values),
        "Limit": limit,
        "ScanIndexForward": asked.forward,
        "ConsistentRead": asked.strong,
        "ReturnConsumedCapacity": "TOTAL",
    }
    if after:
        request["ExclusiveStartKey"] = {"pk": {"S": asked.pk}, "sk": {"S": _start(after, asked)}}
    answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return [unpack_item(item) for item in answer["Items"]], last["sk"]["S"] if last else ""


def _start(sk: str, asked: _Asked) -> str:
    # DynamoDB refuses a start outside of what is asked for.
    if not sk.startswith(asked.prefix) or (asked.up_to and not asked.prefix and sk > asked.up_to):
        raise _bad_cursor()
    return sk


def _bad_cursor() -> SiyuError:
    return SiyuError("invalid_cursor", "Send the next_cursor of the page before, unchanged.", param="cursor")
