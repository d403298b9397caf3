"""The bare route to compare with: a Chalice app of its own that makes the same DynamoDB calls by boto3, no more.

A recorded request is undone before it is replayed, so that each conditional write meets what it met the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore import xform_name
from botocore.exceptions import ClientError
from chalice.app import Chalice

from tests.bench.metering import READS, listening

Key = tuple[str, str, str]


class Call(NamedTuple):
    """One DynamoDB call: the client's method and its arguments."""

    method: str
    arguments: dict[str, Any]


class Recording:
    """The DynamoDB calls of one request, and every item it wrote as it was before."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.calls: list[Call] = []
        self.before: dict[Key, dict[str, Any] | None] = {}

    def heard(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """A call is about to be made."""
        self.calls.append(Call(xform_name(model.name), params))
        if model.name in READS:
            return
        for table, key in written_keys(params):
            name = (table, key["pk"]["S"], key["sk"]["S"])
            if name not in self.before:
                self.before[name] = self.raw.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def undo(self) -> None:
        """Put every written item back."""
        for (table, pk, sk), item in self.before.items():
            if item is None:
                self.raw.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
            else:
                self.raw.put_item(TableName=table, Item=item)


def written_keys(params: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and key of each item that a write touches."""
    for write in params.get("TransactItems", ()):
        for part in write.values():
            yield from written_keys(part)
    for table, requests in params.get("RequestItems", {}).items():
        for request in requests:
            for part in request.values():
                yield from written_keys({"TableName": table, **part})
    if "TableName" in params:
        found = params.get("Key") or params["Item"]
        yield params["TableName"], {"pk": found["pk"], "sk": found["sk"]}


@contextmanager
def recording(client: Any, raw: Any) -> Iterator[Recording]:
    """Record what `client` is asked; `raw` is another client, for looking and undoing."""
    tape = Recording(raw)
    with listening(client, "provide-client-params.dynamodb", tape.heard):
        yield tape


def bare_app(client: Any, tape: list[Call]) -> Chalice:
    """An app with one route, `/bare`, that makes the calls on `tape`."""
    app = Chalice(app_name="bare", configure_logs=False)

    @app.route("/bare", methods=["GET", "POST"])
    def bare() -> dict[str, bool]:
        replay(client, tape)
        return {"ok": True}

    return app


def replay(client: Any, tape: list[Call]) -> None:
    """Make the calls; a failed condition failed the first time too."""
    for method, arguments in tape:
        try:
            getattr(client, method)(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in FAILED_CONDITIONS:
                raise


FAILED_CONDITIONS = ("ConditionalCheckFailedException", "TransactionCanceledException")
