"""What DynamoDB's CreateTable and UpdateTimeToLive ask of a table, by their API reference.

The local engine takes what AWS refuses, and a refused table fails the whole first deployment. Each rule takes the
properties of an `AWS::DynamoDB::Table` and yields a sentence for each thing that breaks it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

Table = dict[str, Any]

NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
ATTRIBUTE_NAME_LENGTH = 255
MOST_GLOBAL_INDEXES = 20
MOST_LOCAL_INDEXES = 5
MOST_PROJECTED = 20
"""Non-key attributes that one index may name."""
MOST_PROJECTED_TOGETHER = 100
"""Those of all indexes; one that is in two counts twice."""
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def violations(table: Table) -> list[str]:
    """Everything for which AWS would refuse the table; `TableName` is the name as it will be."""
    return [sentence for rule in RULES for sentence in rule(table)]


def keys_are_a_partition_key_then_at_most_one_sort_key(table: Table) -> Iterator[str]:
    # AWS has lately come to take several of each in a global index; siyu's other engines do not.
    for owner, schema in _schemas(table):
        kinds = [key["KeyType"] for key in schema]
        if kinds not in (["HASH"], ["HASH", "RANGE"]):
            yield f"the key of {owner} is {kinds}: HASH comes first, then at most one RANGE"


def a_key_names_an_attribute_once(table: Table) -> Iterator[str]:
    for owner, schema in _schemas(table):
        for name in _repeated(key["AttributeName"] for key in schema):
            yield f"{owner} has {name} twice in its key"


def key_attributes_are_defined(table: Table) -> Iterator[str]:
    for owner, schema in _schemas(table):
        for key in schema:
            if key["AttributeName"] not in _defined(table):
                yield f"{key['AttributeName']} is a key of {owner} and has no definition"


def only_key_attributes_are_defined(table: Table) -> Iterator[str]:
    for name in _defined(table):
        if name not in _key_names(table):
            yield f"{name} is defined and no key uses it"


def an_attribute_is_defined_once(table: Table) -> Iterator[str]:
    for name in _repeated(_defined(table)):
        yield f"{name} is defined twice"


def keys_are_strings_numbers_or_binary(table: Table) -> Iterator[str]:
    for definition in table["AttributeDefinitions"]:
        if definition["AttributeType"] not in ("S", "N", "B"):
            yield f"{definition['AttributeName']} is of type {definition['AttributeType']}: a key is S, N or B"


def tables_and_indexes_have_proper_names(table: Table) -> Iterator[str]:
    for name in (table["TableName"], *(index["IndexName"] for index in _indexes(table))):
        if not NAME.fullmatch(name):
            yield f"{name!r} is no name: 3 to 255 letters, digits, _ . -"


def attributes_have_proper_names(table: Table) -> Iterator[str]:
    projected = [name for index in _indexes(table) for name in _projected(index)]
    for name in {*_defined(table), *projected}:
        if not 1 <= len(name) <= ATTRIBUTE_NAME_LENGTH:
            yield f"an attribute's name of {len(name)} characters: 1 to {ATTRIBUTE_NAME_LENGTH}"


def index_names_are_unique(table: Table) -> Iterator[str]:
    for name in _repeated(index["IndexName"] for index in _indexes(table)):
        yield f"two indexes are called {name}"


def indexes_are_not_too_many(table: Table) -> Iterator[str]:
    for kind, most in (("Global", MOST_GLOBAL_INDEXES), ("Local", MOST_LOCAL_INDEXES)):
        found = len(table.get(f"{kind}SecondaryIndexes", ()))
        if found > most:
            yield f"{found} {kind.lower()} indexes: at most {most}"


def an_empty_list_of_indexes_is_left_out(table: Table) -> Iterator[str]:
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if table.get(name) == []:
            yield f"{name} is empty: leave it out"


def local_indexes_share_the_partition_key_and_have_a_sort_key(table: Table) -> Iterator[str]:
    for index in table.get("LocalSecondaryIndexes", ()):
        if _named(table["KeySchema"], "HASH") != _named(index["KeySchema"], "HASH"):
            yield f"local index {index['IndexName']} has another partition key than the table"
        if not _named(index["KeySchema"], "RANGE") or not _named(table["KeySchema"], "RANGE"):
            yield f"local index {index['IndexName']} needs a sort key, and so does its table"


def projections_name_attributes_when_they_include_some_and_only_then(table: Table) -> Iterator[str]:
    for index in _indexes(table):
        kind, name = index["Projection"].get("ProjectionType"), index["IndexName"]
        if kind not in ("ALL", "KEYS_ONLY", "INCLUDE"):
            yield f"index {name} projects {kind}: ALL, KEYS_ONLY or INCLUDE"
        elif kind == "INCLUDE" and not _projected(index):
            yield f"index {name} includes no NonKeyAttributes"
        elif kind != "INCLUDE" and "NonKeyAttributes" in index["Projection"]:
            yield f"index {name} is {kind} and has NonKeyAttributes"


def projections_are_not_too_wide(table: Table) -> Iterator[str]:
    for index in _indexes(table):
        if len(_projected(index)) > MOST_PROJECTED:
            yield f"index {index['IndexName']} includes {len(_projected(index))} attributes: at most {MOST_PROJECTED}"
    together = sum(len(_projected(index)) for index in _indexes(table))
    if together > MOST_PROJECTED_TOGETHER:
        yield f"the indexes include {together} attributes together: at most {MOST_PROJECTED_TOGETHER}"


def a_stream_says_what_it_shows(table: Table) -> Iterator[str]:
    # CloudFormation's `StreamSpecification` has no `StreamEnabled`: it is there or not.
    if "StreamSpecification" in table:
        view = table["StreamSpecification"].get("StreamViewType")
        if view not in VIEWS:
            yield f"the stream shows {view}: one of {', '.join(VIEWS)}"


def rows_do_not_expire_by_a_key(table: Table) -> Iterator[str]:
    expiry = table.get("TimeToLiveSpecification", {}).get("AttributeName")
    if expiry in _key_names(table):
        yield f"rows expire by {expiry}, which is a key"


def capacity_is_bought_or_paid_per_request(table: Table) -> Iterator[str]:
    mode = table.get("BillingMode", "PROVISIONED")
    if mode not in ("PROVISIONED", "PAY_PER_REQUEST"):
        yield f"the billing mode is {mode}: PROVISIONED or PAY_PER_REQUEST"
    owners = [("the table", table)]
    owners += [(f"index {index['IndexName']}", index) for index in table.get("GlobalSecondaryIndexes", ())]
    for owner, entry in owners:
        if mode == "PROVISIONED" and "ProvisionedThroughput" not in entry:
            yield f"{owner} is PROVISIONED without ProvisionedThroughput"
        if mode == "PAY_PER_REQUEST" and "ProvisionedThroughput" in entry:
            yield f"{owner} has ProvisionedThroughput and is PAY_PER_REQUEST"


RULES = (
    keys_are_a_partition_key_then_at_most_one_sort_key,
    a_key_names_an_attribute_once,
    key_attributes_are_defined,
    only_key_attributes_are_defined,
    an_attribute_is_defined_once,
    keys_are_strings_numbers_or_binary,
    tables_and_indexes_have_proper_names,
    attributes_have_proper_names,
    index_names_are_unique,
    indexes_are_not_too_many,
    an_empty_list_of_indexes_is_left_out,
    local_indexes_share_the_partition_key_and_have_a_sort_key,
    projections_name_attributes_when_they_include_some_and_only_then,
    projections_are_not_too_wide,
    a_stream_says_what_it_shows,
    rows_do_not_expire_by_a_key,
    capacity_is_bought_or_paid_per_request,
)


def _schemas(table: Table) -> Iterator[tuple[str, list[dict[str, str]]]]:
    yield "the table", table["KeySchema"]
    for index in _indexes(table):
        yield f"index {index['IndexName']}", index["KeySchema"]


def _indexes(table: Table) -> list[dict[str, Any]]:
    return [*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]


def _projected(index: dict[str, Any]) -> list[str]:
    return list(index["Projection"].get("NonKeyAttributes", ()))


def _defined(table: Table) -> list[str]:
    return [definition["AttributeName"] for definition in table["AttributeDefinitions"]]


def _key_names(table: Table) -> set[str]:
    return {key["AttributeName"] for _, schema in _schemas(table) for key in schema}


def _named(schema: list[dict[str, str]], kind: str) -> list[str]:
    return [key["AttributeName"] for key in schema if key["KeyType"] == kind]


def _repeated(names: Any) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
