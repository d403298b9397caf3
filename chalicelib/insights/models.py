"""The rows of insights' table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute

from chalicelib.runtime import dynamo


class Counted(dynamo.Row):
    """An event that was counted. pk = `E#<dedupe key>`, sk = `E`."""

    class Meta:
        table_name = dynamo.TableName("insights")

    expires = NumberAttribute()


class Numbers(dynamo.Row):
    """Numbers of a day and channel. pk = `N#<month>#<shard>`, sk = `<day>#<channel>`; one attribute per metric.

    Of another dimension: pk = `N-<dimension>#<month>#<shard>`, sk = `<day>#<name>`.
    """

    class Meta:
        table_name = dynamo.TableName("insights")


MODELS: Sequence[type[dynamo.Row]] = (Counted, Numbers)
