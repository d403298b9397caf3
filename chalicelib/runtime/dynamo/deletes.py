"""Deleting what is kept of a person: whole partitions, in any number of tries."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client

_A_CALL = 25
_PATIENCE = 0.05


def sweep(model: type[dynamo.Row], pk: str, prefix: str = "", *, keep: Collection[str] = ()) -> int:
    """Delete the rows of a partition but those whose `sk` is in `keep`; how many there were."""
    found = [
        (row["pk"], row["sk"]) for row in dynamo.every(model, pk, prefix=prefix, strong=True) if row["sk"] not in keep
    ]
    delete(model, found)
    return len(found)


def delete(model: type[dynamo.Row], keys: Iterable[tuple[str, str]]) -> None:
    """Delete rows by (pk, sk), 25 a call: 1 WRU per KB each. Deleting what is not there changes nothing."""
    wanted = [{"DeleteRequest": {"Key": dynamo.pack_item({"pk": pk, "sk": sk})}} for pk, sk in keys]
    table = model.Meta.table_name
    while wanted:
        answer = client("dynamodb").batch_write_item(
            RequestItems={table: wanted[:_A_CALL]}, ReturnConsumedCapacity="TOTAL"
        )
        refused = answer.get("UnprocessedItems", {}).get(table, [])
        if refused:
            time.sleep(_PATIENCE)
        wanted = refused + wanted[_A_CALL:]
