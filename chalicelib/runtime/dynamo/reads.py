"""Reads of one item, of many by their keys, and of a partition by the page."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import backoff
from chalicelib.runtime.dynamo.models import Row
from chalicelib.runtime.dynamo.wire import Item, pack_item, unpack_item

PK_BYTES: Final = 2048


SK_BYTES: Final = 1024
"""DynamoDB's limits: a longer key names no item, and asking for it is an error there."""

_KEYS_A_CALL: Final = 100

Key = tuple[str, str]
"""pk and sk of an item."""


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


class Page(NamedTuple):
    """A page of a query; `cursor` is None on the last one."""

    items: list[Item]
    cursor: str | None


def query(
    model: type[Row],
    pk: str,
    *,
    prefix: str = "",
    up_to: str = "",
    limit: int = 100,
    cursor: str | None = None,
    forward: bool = True,
    strong: bool = False,
) -> Page:
    """Items of one partition, by a prefix of `sk` or those whose `sk` is at most `up_to`.

    400 `invalid_cursor` for a cursor that no page of this very query gave.
    """
    if not _can_exist(pk, prefix or "-"):
        return Page([], None)
    values: Item = {":pk": pk}
    condition = "pk = :pk"
    if prefix:
        condition, values[":prefix"] = "pk = :pk AND begins_with(sk, :prefix)", prefix
    elif up_to:
        condition, values[":up_to"] = "pk = :pk AND sk <= :up_to", up_to
    request: Item = {
        "TableName": model.Meta.table_name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": pack_item(values),
        "Limit": limit,
        "ScanIndexForward": forward,
        "ConsistentRead": strong,
        "ReturnConsumedCapacity": "TOTAL",
    }
    if cursor:
        request["ExclusiveStartKey"] = {"pk": {"S": pk}, "sk": {"S": _start(cursor, prefix, up_to)}}
    answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return Page([unpack_item(item) for item in answer["Items"]], encode_cursor(last["sk"]["S"]) if last else None)


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


def _start(cursor: str, prefix: str, up_to: str) -> str:
    # DynamoDB refuses a start outside of what is asked for.
    sk = decode_cursor(cursor)
    if not sk.startswith(prefix) or (up_to and not prefix and sk > up_to):
        raise _bad_cursor()
    return sk


def _bad_cursor() -> SiyuError:
    return SiyuError("invalid_cursor", "Send the next_cursor of the page before, unchanged.", param="cursor")
