"""Writes that tell what they met, and transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import backoff
from chalicelib.runtime.dynamo.models import Row
from chalicelib.runtime.dynamo.transaction import Write
from chalicelib.runtime.dynamo.wire import Item, pack, pack_item, unpack_item


class Outcome(NamedTuple):
    """How a conditional write ended.

    `done`: it took effect now. `item`: with `done`, what `returns` asked for (the attributes before or after);
    without, the item as it stands, `{}` when there is none.
    """

    done: bool
    item: Item


def update(
    model: type[Row],
    pk: str,
    sk: str,
    expression: str,
    *,
    condition: str = "",
    names: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    returns: Literal["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_NEW"] = "ALL_OLD",
) -> Outcome:
    """One UpdateItem that tells what it met: 1 WRU per KB, also when the condition fails."""
    request: Item = {
        "TableName": model.Meta.table_name,
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
        "UpdateExpression": expression,
        "ReturnValues": returns,
        "ReturnConsumedCapacity": "TOTAL",
    }
    if condition:
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if names:
        request["ExpressionAttributeNames"] = dict(names)
    if values:
        request["ExpressionAttributeValues"] = {name: pack(value) for name, value in values.items()}
    return conditional("update_item", request)


def put(model: type[Row], item: Item) -> None:
    """Write an item with its `pk` and `sk`, over what is there: 1 WRU per KB."""
    conditional(
        "put_item",
        {"TableName": model.Meta.table_name, "Item": pack_item(item), "ReturnConsumedCapacity": "TOTAL"},
    )


def put_once(model: type[Row], item: Item) -> Outcome:
    """Write an item with its `pk` and `sk` unless there is one: the first writer wins, the second sees the first."""
    return conditional(
        "put_item",
        {
            "TableName": model.Meta.table_name,
            "Item": pack_item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ReturnConsumedCapacity": "TOTAL",
        },
    )


def transact(writes: Sequence[Write]) -> bool:
    """Parts made by `transaction`, all or none of them; False when a condition failed, and then nothing was written."""
    dynamodb = client("dynamodb")
    try:
        _past_conflicts(
            lambda: dynamodb.transact_write_items(TransactItems=list(writes), ReturnConsumedCapacity="TOTAL")
        )
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = _reasons(error)
        if "ConditionalCheckFailed" in reasons <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
            return False
        raise
    return True


def conditional(operation: str, request: Item) -> Outcome:
    """One raw write: how it ended, past transactions of others that are under way on its item."""
    dynamodb = client("dynamodb")
    try:
        answer = _past_conflicts(lambda: getattr(dynamodb, operation)(**request))
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return Outcome(False, unpack_item(error.response.get("Item", {})))
    return Outcome(True, unpack_item(answer.get("Attributes", {})))


def _past_conflicts(write: Callable[[], Item]) -> Item:
    """Try again when a transaction of somebody else is under way on an item: boto3 does not."""
    from botocore.exceptions import ClientError

    for attempt in range(1, backoff.ATTEMPTS):
        try:
            return write()
        except ClientError as error:
            conflict = error.response["Error"]["Code"] == "TransactionConflictException"
            # A failed condition is an answer, whatever else was under way.
            if not conflict and not "TransactionConflict" in _reasons(error) <= {"None", "TransactionConflict"}:
                raise
        backoff.wait(attempt)
    return write()


def _reasons(error: Any) -> set[str]:
    return {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
