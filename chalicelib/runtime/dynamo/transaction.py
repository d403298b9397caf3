"""The parts of a transaction, for `dynamo.transact`: each costs 2 WRU per KB, whether or not the whole takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NewType

from chalicelib.runtime.dynamo.models import Row
from chalicelib.runtime.dynamo.wire import Item, pack, pack_item

Write = NewType("Write", Item)
"""One part: made here and nowhere else, so that it does not type-check written by hand."""


def put(model: type[Row], item: Item) -> Write:
    """Write an item with its `pk` and `sk`, over what is there."""
    return Write({"Put": {"TableName": model.Meta.table_name, "Item": pack_item(item)}})


def put_once(model: type[Row], item: Item) -> Write:
    """Write an item with its `pk` and `sk`; when there is one, nothing of the transaction happens."""
    request = {"TableName": model.Meta.table_name, "Item": pack_item(item)}
    return Write({"Put": {**request, "ConditionExpression": "attribute_not_exists(pk)"}})


def update(
    model: type[Row],
    pk: str,
    sk: str,
    expression: str,
    *,
    condition: str = "",
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Write:
    """Change an item; when the condition fails, nothing of the transaction happens."""
    request: Item = {
        "TableName": model.Meta.table_name,
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        "UpdateExpression": expression,
    }
    if condition:
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = dict(names)
    if values:
        request["ExpressionAttributeValues"] = {name: pack(value) for name, value in values.items()}
    return Write({"Update": request})


def delete(model: type[Row], pk: str, sk: str) -> Write:
    """Delete an item, if there is one."""
    return Write({"Delete": {"TableName": model.Meta.table_name, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})
