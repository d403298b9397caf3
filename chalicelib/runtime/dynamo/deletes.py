"""Deletes: of one item, of many by their keys, of a whole partition. What is not there is deleted already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import backoff
from chalicelib.runtime.dynamo.models import Row
from chalicelib.runtime.dynamo.reads import Key, every
from chalicelib.runtime.dynamo.wire import Item, pack_item
from chalicelib.runtime.dynamo.writes import conditional

_KEYS_A_CALL: Final = 25


def delete(
    model: type[Row],
    pk: str,
    sk: str,
    *,
    condition: str = "",
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> bool:
    """Delete an item: 1 WRU per KB. False when the condition failed, and then it stands as it was."""
    request: Item = {
        "TableName": model.Meta.table_name,
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        "ReturnConsumedCapacity": "TOTAL",
    }
    if condition:
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = dict(names)
    if values:
        request["ExpressionAttributeValues"] = pack_item(values)
    return conditional("delete_item", request).done


def delete_all(model: type[Row], keys: Iterable[Key]) -> None:
    """Delete items by (pk, sk): 1 WRU per KB each, 25 a call.

    A key that is named twice is deleted once. `BatchUnfinished` when the engine keeps leaving some undone; may be
    repeated.
    """
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), _KEYS_A_CALL):
        _delete_some(model.Meta.table_name, wanted[start : start + _KEYS_A_CALL])


def delete_partition(model: type[Row], pk: str, *, keep: Collection[str] = ()) -> int:
    """Delete a partition's items but those whose `sk` is in `keep`; how many there were. May be repeated."""
    found = [(row["pk"], row["sk"]) for row in every(model, pk, strong=True) if row["sk"] not in keep]
    delete_all(model, found)
    return len(found)


def _delete_some(table: str, keys: list[Key]) -> None:
    wanted = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in keys]
    for attempt in range(1, backoff.BATCH_ATTEMPTS + 1):
        answer = client("dynamodb").batch_write_item(RequestItems={table: wanted}, ReturnConsumedCapacity="TOTAL")
        wanted = answer.get("UnprocessedItems", {}).get(table, [])
        if not wanted:
            return
        if attempt < backoff.BATCH_ATTEMPTS:
            backoff.wait(attempt)
    raise backoff.BatchUnfinished(table, len(wanted))
