"""CloudFormation resources that follow from the code: tables from the models, queues and options from the functions."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chalice.app import SQSEventConfig

from chalicelib.areas import AREAS
from chalicelib.runtime.dynamo import Row, TableName

Resource = dict[str, Any]


def all_models() -> list[type[Row]]:
    """Every model of every table."""
    from chalicelib.runtime import tables as runtime_tables

    modules = [importlib.import_module(f"chalicelib.{area}.tables") for area in AREAS if _has_tables(area)]
    return [*runtime_tables.MODELS, *(model for module in modules for model in module.MODELS)]


def table_properties(models: Iterable[type[Row]]) -> dict[str, Resource]:
    """`AWS::DynamoDB::Table` properties by area, in the shape of CreateTable too; models of one table are united."""
    tables: dict[str, Resource] = {}
    for model in models:
        properties = tables.setdefault(_area_of(model), _bare_table())
        schema: Any = model._get_schema()
        _unite(properties, "AttributeDefinitions", schema["attribute_definitions"], "AttributeName")
        _unite(
            properties,
            "GlobalSecondaryIndexes",
            [_index(found) for found in schema["global_secondary_indexes"]],
            "IndexName",
        )
    for properties in tables.values():
        if not properties["GlobalSecondaryIndexes"]:
            del properties["GlobalSecondaryIndexes"]
    return tables


def _bare_table() -> Resource:
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [],
        "GlobalSecondaryIndexes": [],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


def _index(found: Resource) -> Resource:
    return {
        "IndexName": found["index_name"],
        "KeySchema": found["key_schema"],
        "Projection": found["projection"],
    }


def _unite(properties: Resource, name: str, found: list[Resource], key: str) -> None:
    for entry in found:
        same = [known for known in properties[name] if known[key] == entry[key]]
        if same and same[0] != entry:
            raise ValueError(f"two models disagree about {entry[key]}: {same[0]} and {entry}")
        if not same:
            properties[name].append(entry)


def _area_of(model: type[Row]) -> str:
    meta: Any = model.Meta
    declared = next(base.__dict__["table_name"] for base in meta.__mro__ if "table_name" in base.__dict__)
    assert isinstance(declared, TableName)
    return declared.area


def _has_tables(area: str) -> bool:
    return (Path(__file__).parent.parent / "chalicelib" / area / "tables.py").exists()


def queue_names() -> list[str]:
    """Every queue, without the stack's prefix: one per queue consumer, and the parking queue of the streams."""
    from chalicelib.runtime.consumers import PARKING

    return [PARKING, *(source.name for source in event_sources() if isinstance(source, SQSEventConfig))]


def event_sources() -> list[Any]:
    """Chalice's record of every event function: name, kind and options."""
    from app import app

    return list(app.event_sources)
