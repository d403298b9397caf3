"""The one transaction by which a member becomes an alias of another."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.kernel.clock import Millis
from chalicelib.members import rules
from chalicelib.members.tables import Profile, member_id_of, member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, pack


def merge(loser: Item, survivor_id: str, extra_keys: Iterable[str], now: Millis) -> bool:
    """Make `loser` an alias of the survivor: pointers only, no data moves. False when either changed meanwhile.

    Settles chains and cycles: who is merged can not be merged into, who has aliases is not merged by itself.
    """
    loser_id = member_id_of(loser)
    keys = sorted({*loser["ids"], *extra_keys})
    return dynamo.transact(
        [
            _change(
                member_key(loser_id),
                "PROFILE",
                "SET merged_into = :into, merged_at = :now",
                "attribute_exists(pk) AND attribute_not_exists(merged_into) AND attribute_not_exists(aliases)",
                {":into": survivor_id, ":now": now},
            ),
            _change(
                member_key(survivor_id),
                "PROFILE",
                "ADD aliases :loser",
                "attribute_exists(pk) AND attribute_not_exists(merged_into)"
                " AND (attribute_not_exists(aliases) OR size(aliases) < :most)",
                {":loser": {loser_id}, ":most": rules.MOST_ALIASES},
            ),
            *(
                _change(key, "ID", "SET cur = :into", "m = :loser", {":into": survivor_id, ":loser": loser_id})
                for key in keys
            ),
        ]
    )


def _change(pk: str, sk: str, expression: str, condition: str, values: Item) -> Item:
    return {
        "Update": {
            "TableName": Profile.Meta.table_name,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {name: pack(value) for name, value in values.items()},
        }
    }
