"""DynamoDB: PynamoDB models declare the tables; the few writes that need ALL_OLD go through boto3 here.

One client serves both, so that a container pays for one connection pool and a fault can be injected in one place.
"""

from __future__ import annotations

import random
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings
from chalicelib.runtime.wire import Item as Item
from chalicelib.runtime.wire import pack as pack
from chalicelib.runtime.wire import pack_item as pack_item
from chalicelib.runtime.wire import unpack as unpack
from chalicelib.runtime.wire import unpack_item as unpack_item

PK_BYTES: Final = 2048
SK_BYTES: Final = 1024
"""DynamoDB's limits: a longer key names no item, and asking for it is an error there."""
ATTEMPTS: Final = 6
"""Tries of a write that met another transaction on its item: within about half a second."""


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


def transact(writes: Sequence[Item]) -> bool:
    """TransactWriteItems of raw requests; False when a condition failed, and then nothing was written."""
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


def _conditional(operation: str, request: Item) -> Outcome:
    dynamodb = client("dynamodb")
    try:
        answer = _past_conflicts(lambda: getattr(dynamodb, operation)(**request))
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return Outcome(False, unpack_item(error.response.get("Item", {})))
    return Outcome(True, unpack_item(answer.get("Attributes", {})))


def _past_conflicts(write: Callable[[], Item]) -> Item:
    """Try again when a transaction of somebody else is under way on an item: boto3 does not."""
    from botocore.exceptions import ClientError

    for attempt in range(1, ATTEMPTS):
        try:
            return write()
        except ClientError as error:
            conflict = error.response["Error"]["Code"] == "TransactionConflictException"
            # A failed condition is an answer, whatever else was under way.
            if not conflict and not "TransactionConflict" in _reasons(error) <= {"None", "TransactionConflict"}:
                raise
        time.sleep(0.01 * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 - spreads the tries, guards nothing
    return write()


def _reasons(error: Any) -> set[str]:
    return {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}


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
