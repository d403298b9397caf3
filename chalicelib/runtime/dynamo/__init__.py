"""DynamoDB: PynamoDB models declare the tables, every call goes through boto3 here and nowhere else.

One client serves both, so that a container pays for one connection pool and a fault can be injected in one place.
"""

from chalicelib.runtime.dynamo.backoff import ATTEMPTS, BATCH_ATTEMPTS, BatchUnfinished
from chalicelib.runtime.dynamo.deletes import delete, delete_all, delete_partition
from chalicelib.runtime.dynamo.models import Row, TableName
from chalicelib.runtime.dynamo.reads import (
    PK_BYTES,
    SK_BYTES,
    Key,
    Page,
    batch_get,
    decode_cursor,
    encode_cursor,
    every,
    first,
    get,
    greatest,
    page,
)
from chalicelib.runtime.dynamo.transaction import Write
from chalicelib.runtime.dynamo.wire import Item, pack, pack_item, unpack, unpack_item
from chalicelib.runtime.dynamo.writes import Outcome, put, put_once, transact, update

__all__ = [
    "ATTEMPTS",
    "BATCH_ATTEMPTS",
    "PK_BYTES",
    "SK_BYTES",
    "BatchUnfinished",
    "Item",
    "Key",
    "Outcome",
    "Page",
    "Row",
    "TableName",
    "Write",
    "batch_get",
    "decode_cursor",
    "delete",
    "delete_all",
    "delete_partition",
    "encode_cursor",
    "every",
    "first",
    "get",
    "greatest",
    "pack",
    "pack_item",
    "page",
    "put",
    "put_once",
    "transact",
    "unpack",
    "unpack_item",
    "update",
]
