"""DynamoDB: PynamoDB models declare the tables; the few writes that need ALL_OLD go through boto3 here.

One client serves both, so that a container pays for one connection pool and a fault can be injected in one place.
"""

from chalicelib.runtime.dynamo.backoff import ATTEMPTS, BATCH_ATTEMPTS, BatchUnfinished
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
from chalicelib.runtime.dynamo.wire import Item, pack, pack_item, unpack, unpack_item
from chalicelib.runtime.dynamo.writes import Outcome, put_once, transact, update

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
    "batch_get",
    "decode_cursor",
    "encode_cursor",
    "every",
    "first",
    "get",
    "greatest",
    "pack",
    "pack_item",
    "page",
    "put_once",
    "transact",
    "unpack",
    "unpack_item",
    "update",
]
