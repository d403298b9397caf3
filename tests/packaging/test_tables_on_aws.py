"""Every table of the template is one that AWS creates, and the rules which say so refuse what it would not create."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.build import merge_template
from tests.packaging import create_table
from tests.packaging.create_table import Table, violations

LONGEST_STACK = "s" * 128
"""As long as CloudFormation lets a stack's name be."""


def test_aws_creates_every_table_of_the_template() -> None:
    tables = dict(_tables_of(merge_template()))

    refused = {name: found for name, table in tables.items() if (found := violations(table))}

    assert not refused
    assert len(tables) > 5


def test_a_sound_table_is_created() -> None:
    assert violations(sound_table()) == []


def _change(path: str, value: Any) -> Callable[[Table], None]:
    """Sets what stands at a path such as `KeySchema.0.KeyType`; `+` appends to a list."""

    def change(table: Table) -> None:
        *way, last = path.split(".")
        at: Any = table
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        if last == "+":
            at.append(value)
        else:
            at[int(last) if last.isdigit() else last] = value

    return change


def _without(name: str) -> Callable[[Table], None]:
    return lambda table: table.pop(name)


def _many(kind: str, count: int) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        (index,) = table[kind]
        table[kind] = [{**index, "IndexName": f"index-{number}"} for number in range(count)]

    return change


def _including(indexes: int, each: int) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        _many("GlobalSecondaryIndexes", indexes)(table)
        for index in table["GlobalSecondaryIndexes"]:
            names = [f"extra{number}" for number in range(each)]
            index["Projection"] = {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}

    return change


def _a_local_index_by_another_key(table: Table) -> None:
    table["LocalSecondaryIndexes"][0]["KeySchema"] = _keys("owner", "at")


def _no_sort_key(table: Table) -> None:
    table["KeySchema"] = _keys("pk")
    table["AttributeDefinitions"] = [one for one in table["AttributeDefinitions"] if one["AttributeName"] != "sk"]


def _a_name_of_256(table: Table) -> None:
    for entry in (table["AttributeDefinitions"][2], table["GlobalSecondaryIndexes"][0]["KeySchema"][0]):
        entry["AttributeName"] = "o" * 256


THROUGHPUT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
BY_OWNER = "GlobalSecondaryIndexes.0"
REFUSED = {
    "the sort key first": (
        lambda table: table["GlobalSecondaryIndexes"][0]["KeySchema"].reverse(),
        "the key of index by-owner is ['RANGE', 'HASH']: HASH comes first, then at most one RANGE",
    ),
    "two sort keys": (
        _change("KeySchema.+", {"AttributeName": "at", "KeyType": "RANGE"}),
        "the key of the table is ['HASH', 'RANGE', 'RANGE']: HASH comes first, then at most one RANGE",
    ),
    "two partition keys": (
        _change(f"{BY_OWNER}.KeySchema.1.KeyType", "HASH"),
        "the key of index by-owner is ['HASH', 'HASH']: HASH comes first, then at most one RANGE",
    ),
    "one attribute as both keys": (
        _change(f"{BY_OWNER}.KeySchema.1.AttributeName", "owner"),
        "index by-owner has owner twice in its key",
    ),
    "a key without a definition": (
        _change(f"{BY_OWNER}.KeySchema.1.AttributeName", "age"),
        "age is a key of index by-owner and has no definition",
    ),
    "a definition without a key": (
        _change("AttributeDefinitions.+", {"AttributeName": "colour", "AttributeType": "S"}),
        "colour is defined and no key uses it",
    ),
    "a definition given twice": (
        _change("AttributeDefinitions.+", {"AttributeName": "pk", "AttributeType": "S"}),
        "pk is defined twice",
    ),
    "a key that is a map": (
        _change("AttributeDefinitions.0.AttributeType", "M"),
        "pk is of type M: a key is S, N or B",
    ),
    "a table's name that is too long": (
        _change("TableName", f"{LONGEST_STACK}{'-' * 128}"),
        f"'{LONGEST_STACK}{'-' * 128}' is no name: 3 to 255 letters, digits, _ . -",
    ),
    "an index's name that is too short": (
        _change(f"{BY_OWNER}.IndexName", "by"),
        "'by' is no name: 3 to 255 letters, digits, _ . -",
    ),
    "an index's name with a sign": (
        _change(f"{BY_OWNER}.IndexName", "by#owner"),
        "'by#owner' is no name: 3 to 255 letters, digits, _ . -",
    ),
    "an attribute's name that is too long": (
        _a_name_of_256,
        "an attribute's name of 256 characters: 1 to 255",
    ),
    "a name of two indexes": (
        _change("LocalSecondaryIndexes.0.IndexName", "by-owner"),
        "two indexes are called by-owner",
    ),
    "21 global indexes": (_many("GlobalSecondaryIndexes", 21), "21 global indexes: at most 20"),
    "6 local indexes": (_many("LocalSecondaryIndexes", 6), "6 local indexes: at most 5"),
    "an empty list of indexes": (
        _change("LocalSecondaryIndexes", []),
        "LocalSecondaryIndexes is empty: leave it out",
    ),
    "a local index by another key": (
        _a_local_index_by_another_key,
        "local index by-at has another partition key than the table",
    ),
    "a local index without a sort key": (
        _change("LocalSecondaryIndexes.0.KeySchema", [{"AttributeName": "pk", "KeyType": "HASH"}]),
        "local index by-at needs a sort key, and so does its table",
    ),
    "a local index of a table without a sort key": (
        _no_sort_key,
        "local index by-at needs a sort key, and so does its table",
    ),
    "a projection of no known kind": (
        _change(f"{BY_OWNER}.Projection.ProjectionType", "SOME"),
        "index by-owner projects SOME: ALL, KEYS_ONLY or INCLUDE",
    ),
    "INCLUDE of nothing": (
        _change(f"{BY_OWNER}.Projection.ProjectionType", "INCLUDE"),
        "index by-owner includes no NonKeyAttributes",
    ),
    "KEYS_ONLY with attributes": (
        _change(f"{BY_OWNER}.Projection.NonKeyAttributes", ["name"]),
        "index by-owner is KEYS_ONLY and has NonKeyAttributes",
    ),
    "ALL with attributes": (
        _change(f"{BY_OWNER}.Projection", {"ProjectionType": "ALL", "NonKeyAttributes": ["name"]}),
        "index by-owner is ALL and has NonKeyAttributes",
    ),
    "21 attributes in one index": (_including(1, 21), "index index-0 includes 21 attributes: at most 20"),
    "102 attributes in six indexes": (_including(6, 17), "the indexes include 102 attributes together: at most 100"),
    "a stream that shows nothing": (
        _change("StreamSpecification", {}),
        "the stream shows None: one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES",
    ),
    "rows that expire by a key": (
        _change("TimeToLiveSpecification.AttributeName", "at"),
        "rows expire by at, which is a key",
    ),
    "a billing mode of no known kind": (
        _change("BillingMode", "FREE"),
        "the billing mode is FREE: PROVISIONED or PAY_PER_REQUEST",
    ),
    "throughput that is paid per request": (
        _change("ProvisionedThroughput", THROUGHPUT),
        "the table has ProvisionedThroughput and is PAY_PER_REQUEST",
    ),
    "an index's throughput that is paid per request": (
        _change(f"{BY_OWNER}.ProvisionedThroughput", THROUGHPUT),
        "index by-owner has ProvisionedThroughput and is PAY_PER_REQUEST",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_each_violation_is_refused_by_its_own_sentence(spoil: Callable[[Table], None], sentence: str) -> None:
    table = sound_table()

    spoil(table)

    assert violations(table) == [sentence]


def test_without_a_billing_mode_throughput_must_be_bought() -> None:
    table = sound_table()

    _without("BillingMode")(table)

    assert violations(table) == [
        "the table is PROVISIONED without ProvisionedThroughput",
        "index by-owner is PROVISIONED without ProvisionedThroughput",
    ]


@pytest.mark.parametrize("rule", create_table.RULES, ids=lambda rule: rule.__name__)
def test_no_rule_goes_without_a_violation(rule: Callable[[Table], Iterator[str]]) -> None:
    def breaks(spoil: Callable[[Table], None]) -> bool:
        table = sound_table()
        spoil(table)
        return bool(list(rule(table)))

    assert any(breaks(spoil) for spoil, _ in REFUSED.values())


def sound_table() -> Table:
    """A table that has everything which a rule is about."""
    return {
        "TableName": "siyu-shelf",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys("pk", "sk"),
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "B"},
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-owner",
                "KeySchema": _keys("owner", "at"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "LocalSecondaryIndexes": [
            {"IndexName": "by-at", "KeySchema": _keys("pk", "at"), "Projection": {"ProjectionType": "ALL"}}
        ],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }


def _keys(partition: str, sort: str | None = None) -> list[dict[str, str]]:
    found = [{"AttributeName": partition, "KeyType": "HASH"}]
    return found + ([{"AttributeName": sort, "KeyType": "RANGE"}] if sort else [])


def _tables_of(template: dict[str, Any]) -> Iterator[tuple[str, Table]]:
    for name, resource in template["Resources"].items():
        if resource.get("Type") == "AWS::DynamoDB::Table":
            table = copy.deepcopy(resource["Properties"])
            table["TableName"] = table["TableName"]["Fn::Sub"].replace("${AWS::StackName}", LONGEST_STACK)
            yield name, table
