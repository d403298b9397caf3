"""CloudFormation resources that follow from the code: tables from the models, queues and options from the functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalice.app import DynamoDBEventConfig, SQSEventConfig

from chalicelib.attribution import models as attribution_models
from chalicelib.brand import models as brand_models
from chalicelib.campaigns import models as campaigns_models
from chalicelib.codes import models as codes_models
from chalicelib.guides import models as guides_models
from chalicelib.insights import models as insights_models
from chalicelib.members import models as members_models
from chalicelib.payouts import models as payouts_models
from chalicelib.pushes import models as pushes_models
from chalicelib.runtime import models as runtime_models
from chalicelib.runtime.dynamo import Row, TableName
from chalicelib.runtime.events.functions import logical_name
from chalicelib.runtime.events.queues import PARKING
from chalicelib.segments import models as segments_models
from infra import local_routes, money_alarms

Resource = dict[str, Any]

MODELS = (
    runtime_models,
    brand_models,
    members_models,
    codes_models,
    guides_models,
    payouts_models,
    campaigns_models,
    attribution_models,
    segments_models,
    pushes_models,
    insights_models,
)


def all_models() -> list[type[Row]]:
    """Every model of every table."""
    return [model for module in MODELS for model in module.MODELS]


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
        # DynamoDB takes the partition key first only; a model lists its keys by their names.
        "KeySchema": sorted(found["key_schema"], key=lambda key: ("HASH", "RANGE").index(key["KeyType"])),
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


def queue_names() -> list[str]:
    """Every queue, without the stack's prefix: one per queue consumer, and the parking queue."""
    return [PARKING, *queue_consumers()]


def event_sources() -> list[Any]:
    """Chalice's record of every event function: name, kind and options."""
    from app import app

    return list(app.event_sources)


FUNCTION_TIMEOUT = 30
"""Seconds an event function may take, unless it stands in `SPECIAL`; api_handler must stay below the gateway's 29."""

SPECIAL: dict[str, dict[str, int]] = {
    "api_handler": {"lambda_memory_size": 1024, "lambda_timeout": 28},
    # A page of 500 at a worker's share of the rate, a step over 20,000 members: longer than a usual event.
    "pushes-deliver": {"lambda_timeout": 120},
    # A whole core (1,769 MB): the pictures of labels are arithmetic. It begins no part after a minute.
    "codes-exports": {"lambda_memory_size": 1769, "lambda_timeout": 300},
    # It begins no hundred rows after 20 seconds; cutting half a gigabyte into parts takes longer.
    "members-import": {"lambda_timeout": 120},
    "pushes-plan": {"lambda_timeout": 120},
    "segments-build": {"lambda_timeout": 120},
}
"""Chalice's settings of single functions, by name."""

MAX_RECEIVES = 5
"""Deliveries of an event before it goes to the dead-letter queue."""

DAY_SECONDS = 86_400

LOG_DAYS = 30
"""How long logs live: part of what is promised to somebody who asks to be forgotten."""


def generated() -> dict[str, Resource]:
    """Every CloudFormation resource that follows from the code."""
    found: dict[str, Resource] = {}
    for area, properties in table_properties(all_models()).items():
        found[table_id(area)] = _table(area, properties, ttl=area in areas_with_ttl())
    for name in ("api_handler", *(source.name for source in event_sources())):
        found |= _log_group(name)
    for name in queue_consumers():
        found |= _queue_with_dlq(name)
    for name in stream_consumers():
        found |= _stream_options(name)
    return found | money_alarms.resources() | local_routes.resources(event_sources())


def table_id(area: str) -> str:
    """The logical id of an area's table."""
    return f"{area.capitalize()}Table"


def areas_with_ttl() -> set[str]:
    """Areas whose rows have `expires`, seconds since 1970 for DynamoDB to delete (never trusted for expiry)."""
    return {_area_of(model) for model in all_models() if "expires" in model.get_attributes()}


def queue_consumers() -> list[str]:
    """Names of the functions that read a queue."""
    return [source.name for source in event_sources() if isinstance(source, SQSEventConfig)]


def stream_consumers() -> list[str]:
    """Names of the functions that read a table's stream."""
    return [source.name for source in event_sources() if isinstance(source, DynamoDBEventConfig)]


def _table(area: str, properties: Resource, *, ttl: bool) -> Resource:
    options: Resource = {
        "TableName": {"Fn::Sub": f"${{AWS::StackName}}-{area}"},
        "DeletionProtectionEnabled": {"Fn::If": ["OnAws", True, False]},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": {"Fn::If": ["OnAws", True, False]}},
        "SSESpecification": {"SSEEnabled": {"Fn::If": ["OnAws", True, False]}},
    }
    if ttl:
        options["TimeToLiveSpecification"] = {"AttributeName": "expires", "Enabled": True}
    return {
        "Type": "AWS::DynamoDB::Table",
        # Kept when the stack goes, but not when its first deploy fails: the next one could not create it again.
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {**properties, **options},
    }


def _log_group(name: str) -> dict[str, Resource]:
    logical = "APIHandler" if name == "api_handler" else logical_name(name)
    return {
        f"{logical}Logs": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/aws/lambda/${{{logical}}}"},
                "RetentionInDays": LOG_DAYS,
            },
        }
    }


def _queue_with_dlq(name: str) -> dict[str, Resource]:
    logical = logical_name(name)
    timeout = SPECIAL.get(name, {}).get("lambda_timeout", FUNCTION_TIMEOUT)
    return {
        f"{logical}Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": {"Fn::Sub": f"${{AWS::StackName}}-{name}"},
                "SqsManagedSseEnabled": True,
                # Six times the function's time-out, as AWS advises for an event source.
                "VisibilityTimeout": 6 * timeout,
                "MessageRetentionPeriod": 14 * DAY_SECONDS,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": [f"{logical}Dlq", "Arn"]},
                    "maxReceiveCount": MAX_RECEIVES,
                },
            },
        },
        f"{logical}Dlq": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": {"Fn::Sub": f"${{AWS::StackName}}-{name}-dlq"},
                "SqsManagedSseEnabled": True,
                "MessageRetentionPeriod": 14 * DAY_SECONDS,
            },
        },
        f"{logical}DlqAlarm": _alarm(
            f"{name}-dlq",
            f"Events of {name} failed {MAX_RECEIVES} times and wait on its dead-letter queue. See docs/runbooks/dlq.md",
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            {"QueueName": {"Fn::GetAtt": [f"{logical}Dlq", "QueueName"]}},
            threshold=0,
        ),
        logical: {
            "Properties": {
                "Events": {
                    f"{logical}SqsEventSource": {"Properties": {"FunctionResponseTypes": ["ReportBatchItemFailures"]}}
                }
            }
        },
    }


def _stream_options(name: str) -> dict[str, Resource]:
    logical = logical_name(name)
    options = {
        "Stream": {"Fn::GetAtt": [table_id(name.removesuffix("-stream")), "StreamArn"]},
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 100,
        "ParallelizationFactor": 1,
        # SQS would get the metadata only; S3 gets the records themselves.
        "DestinationConfig": {"OnFailure": {"Type": "S3", "Destination": {"Fn::GetAtt": ["StreamFailures", "Arn"]}}},
    }
    return {
        logical: {"Properties": {"Events": {f"{logical}DynamodbEventSource": {"Properties": options}}}},
        f"{logical}AgeAlarm": _alarm(
            f"{name}-age",
            f"{name} is an hour behind its table; records live 24 hours. See docs/runbooks/stream-lag.md",
            ("AWS/Lambda", "IteratorAge"),
            {"FunctionName": {"Ref": logical}},
            threshold=3_600_000,
        ),
    }


def _alarm(name: str, meaning: str, metric: tuple[str, str], dimensions: Resource, *, threshold: int) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{AWS::StackName}}-{name}"},
            "AlarmDescription": meaning,
            "Namespace": metric[0],
            "MetricName": metric[1],
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["HasTopic", [{"Ref": "AlarmTopic"}], []]},
        },
    }
