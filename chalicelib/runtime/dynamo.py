"""DynamoDB: PynamoDB models declare the tables; the few writes that need ALL_OLD go through boto3 here.

One client serves both, so that a container pays for one connection pool and a fault can be injected in one place.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings

Item = dict[str, Any]
"""An item or an image of it as plain values: str, int, bool, bytes, None, list, dict, set."""


class TableName:
    """The physical name of an area's table, asked for when it is used: `<stack>-<area>`."""

    def __init__(self, area: str) -> None:
        self.area = area

    def __get__(self, instance: object, owner: type | None = None) -> str:
        return f"{settings().stack}-{self.area}"


class Row(Model):
    """Base of every item: each area has one table, keyed by `pk` and `sk`, each entity its own model.

    A concrete model declares `class Meta: table_name = TableName("<area>")` and says in its docstring
    how pk and sk are made. Models of one table share it; indexes may stand on any of them.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        connection.connection._client = client("dynamodb")
        return connection


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
    return _conditional("update_item", request)


def put_once(model: type[Row], item: Item) -> Outcome:
    """Write an item with its `pk` and `sk` unless there is one: the first writer wins, the second sees the first."""
    return _conditional(
        "put_item",
        {
            "TableName": model.Meta.table_name,
            "Item": pack_item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ReturnConsumedCapacity": "TOTAL",
        },
    )


def get(model: type[Row], pk: str, sk: str, *, strong: bool = False) -> Item | None:
    """One item as plain values: 0.5 RRU, 1 when strong."""
    answer = client("dynamodb").get_item(
        TableName=model.Meta.table_name,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        ConsistentRead=strong,
        ReturnConsumedCapacity="TOTAL",
    )
    found = answer.get("Item")
    return unpack_item(found) if found else None


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
    """Items of one partition, by a prefix of `sk` or those whose `sk` is at most `up_to`."""
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
        request["ExclusiveStartKey"] = {"pk": {"S": pk}, "sk": {"S": decode_cursor(cursor)}}
    answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return Page([unpack_item(item) for item in answer["Items"]], encode_cursor(last["sk"]["S"]) if last else None)


def transact(writes: Sequence[Item]) -> bool:
    """TransactWriteItems of raw requests; False when a condition failed, and then nothing was written."""
    dynamodb = client("dynamodb")
    try:
        dynamodb.transact_write_items(TransactItems=list(writes), ReturnConsumedCapacity="TOTAL")
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        if reasons <= {"None", "ConditionalCheckFailed"}:
            return False
        raise
    return True


def encode_cursor(sk: str) -> str:
    """A page's last sort key, opaque to callers."""
    return urlsafe_b64encode(sk.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> str:
    """The sort key of a cursor that we gave; 400 `invalid_cursor` for anything else."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise SiyuError(
            "invalid_cursor", "Send the next_cursor of the page before, unchanged.", param="cursor"
        ) from error


def pack(value: Any) -> Item:
    """A plain value in DynamoDB's wire shape. No floats: money and time are integers."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case set() | frozenset():
            return {"SS": sorted(value)}
        case list() | tuple():
            return {"L": [pack(part) for part in value]}
        case dict():
            return {"M": pack_item(value)}
    raise TypeError(f"can not store a {type(value).__name__}")


def pack_item(item: Mapping[str, Any]) -> Item:
    """Each value of a mapping, packed."""
    return {name: pack(value) for name, value in item.items()}


def unpack(wire: Item) -> Any:
    """The plain value of DynamoDB's wire shape, as boto3 or as a Lambda stream record has it."""
    ((kind, value),) = wire.items()
    match kind:
        case "B" if isinstance(value, str):
            return b64decode(value)
        case "N":
            return int(value)
        case "NULL":
            return None
        case "SS":
            return set(value)
        case "L":
            return [unpack(part) for part in value]
        case "M":
            return unpack_item(value)
    return value


def unpack_item(wire: Mapping[str, Item]) -> Item:
    """An item or a stream image as plain values."""
    return {name: unpack(value) for name, value in wire.items()}


def _conditional(operation: str, request: Item) -> Outcome:
    dynamodb = client("dynamodb")
    try:
        answer = getattr(dynamodb, operation)(**request)
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return Outcome(False, unpack_item(error.response.get("Item", {})))
    return Outcome(True, unpack_item(answer.get("Attributes", {})))
