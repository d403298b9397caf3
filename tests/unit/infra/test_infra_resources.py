"""Resources and policies that follow from the code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.runtime import dynamo
from infra import policies, resources
from infra.grants import GRANTS, Grant
from infra.policies import policy_of


class ByOwner(GlobalSecondaryIndex[Any]):
    """An index."""

    class Meta:
        index_name = "by-owner"
        projection = KeysOnlyProjection()

    owner = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class OtherByOwner(GlobalSecondaryIndex[Any]):
    """The same name, another projection."""

    class Meta:
        index_name = "by-owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class ByAge(GlobalSecondaryIndex[Any]):
    """An index that declares its keys the wrong way round, their names in that order too."""

    class Meta:
        index_name = "by-age"
        projection = KeysOnlyProjection()

    age = NumberAttribute(range_key=True)
    owner = UnicodeAttribute(hash_key=True)


class Plain(dynamo.Row):
    """A row without an index."""

    class Meta:
        table_name = dynamo.TableName("shelf")


class Owned(dynamo.Row):
    """A row with one."""

    class Meta(Plain.Meta):
        pass

    by_owner = ByOwner()
    owner = UnicodeAttribute()
    expires = NumberAttribute()


class Aged(dynamo.Row):
    """A row with an index whose sort key comes before its partition key."""

    class Meta(Plain.Meta):
        pass

    by_age = ByAge()
    age = NumberAttribute()
    owner = UnicodeAttribute()


class OwnedToo(dynamo.Row):
    """Another with the same one."""

    class Meta(Plain.Meta):
        pass

    by_owner = ByOwner()
    owner = UnicodeAttribute()


class Disagreeing(dynamo.Row):
    """A row whose index of that name is another."""

    class Meta(Plain.Meta):
        pass

    by_owner = OtherByOwner()
    owner = UnicodeAttribute()


class Numbered(dynamo.Row):
    """A row whose owner is a number."""

    class Meta(Plain.Meta):
        pass

    class ByNumber(GlobalSecondaryIndex[Any]):
        class Meta:
            index_name = "by-number"
            projection = KeysOnlyProjection()

        owner = NumberAttribute(hash_key=True)

    by_number = ByNumber()
    owner = NumberAttribute()


def test_models_of_one_table_are_united() -> None:
    tables = resources.table_properties([Plain, Owned, OwnedToo])

    shelf = tables["shelf"]
    assert list(tables) == ["shelf"]
    assert {entry["AttributeName"]: entry["AttributeType"] for entry in shelf["AttributeDefinitions"]} == {
        "pk": "S",
        "sk": "S",
        "owner": "S",
    }
    assert [index["IndexName"] for index in shelf["GlobalSecondaryIndexes"]] == ["by-owner"]


def test_the_partition_key_comes_first_however_a_model_declares_its_keys() -> None:
    shelf = resources.table_properties([Aged])["shelf"]

    assert [key["KeyType"] for key in shelf["KeySchema"]] == ["HASH", "RANGE"]
    assert shelf["GlobalSecondaryIndexes"][0]["KeySchema"] == [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "age", "KeyType": "RANGE"},
    ]


def test_a_table_without_an_index_says_nothing_of_indexes() -> None:
    assert "GlobalSecondaryIndexes" not in resources.table_properties([Plain])["shelf"]


@pytest.mark.parametrize(("model", "name"), [(Disagreeing, "by-owner"), (Numbered, "owner")])
def test_models_that_disagree_are_refused_by_name(model: type[dynamo.Row], name: str) -> None:
    with pytest.raises(ValueError, match=f"disagree about {name}"):
        resources.table_properties([Owned, model])


def test_tables_are_kept_and_those_with_expiring_rows_are_swept() -> None:
    generated = resources.generated()
    tables = {name: entry for name, entry in generated.items() if entry.get("Type") == "AWS::DynamoDB::Table"}

    assert {entry["DeletionPolicy"] for entry in tables.values()} <= {"Retain", "RetainExceptOnCreate"}
    swept = {name for name, entry in tables.items() if "TimeToLiveSpecification" in entry["Properties"]}
    assert swept == {resources.table_id(area) for area in resources.areas_with_ttl()}
    assert "RuntimeTable" in swept


def test_every_queue_has_a_dead_letter_queue_an_alarm_and_partial_answers() -> None:
    generated = resources.generated()

    for name in resources.queue_consumers():
        logical = resources.logical_name(name)
        queue = generated[f"{logical}Queue"]["Properties"]
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{logical}Dlq", "Arn"]}
        assert queue["VisibilityTimeout"] >= 6 * resources.FUNCTION_TIMEOUT
        assert generated[f"{logical}DlqAlarm"]["Type"] == "AWS::CloudWatch::Alarm"
        source = generated[logical]["Properties"]["Events"][f"{logical}SqsEventSource"]["Properties"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_money_that_stops_is_told_with_a_runbook_that_exists() -> None:
    from pathlib import Path

    from infra import money_alarms

    found = resources.generated()

    assert (Path(resources.__file__).parent.parent / money_alarms.RUNBOOK).exists()
    for metric in money_alarms.ALARMS:
        alarm = found[f"{metric}Alarm"]["Properties"]
        # EMF's own dimension: `count` without further ones.
        assert [one["Name"] for one in alarm["Dimensions"]] == ["service"]
        assert alarm["MetricName"] == metric


def test_stream_functions_bisect_and_never_answer_partially() -> None:
    generated = resources.generated()

    for name in resources.stream_consumers():
        logical = resources.logical_name(name)
        options = generated[logical]["Properties"]["Events"][f"{logical}DynamodbEventSource"]["Properties"]
        assert options["BisectBatchOnFunctionError"]
        assert "FunctionResponseTypes" not in options


def test_every_function_has_a_grant_and_every_grant_a_function() -> None:
    functions = {source.name for source in resources.event_sources()} | {"api_handler"}

    assert GRANTS.keys() == functions


def test_a_grant_is_no_wider_than_it_says() -> None:
    policy = policy_of("x", Grant(reads=("brand",), writes=("codes",), sends=("codes-history",), secrets=("codes",)))

    allowed = {json.dumps(entry["Resource"]): entry["Action"] for entry in policy["Statement"]}
    reading = next(actions for targets, actions in allowed.items() if "BrandTable" in targets)
    writing = next(actions for targets, actions in allowed.items() if "CodesTable" in targets)
    assert reading == policies.READ
    assert set(writing) == {*policies.READ, *policies.WRITE}
    assert any(
        "CodesHistoryQueue" in targets and actions == ["sqs:SendMessage"] for targets, actions in allowed.items()
    )
    assert any(targets.endswith('/codes-*"}]') for targets in allowed)
    assert not any("*" in action for actions in allowed.values() for action in actions)


def test_every_function_may_make_its_log() -> None:
    """Nobody else makes the log group: without the right, a function on AWS would log nothing at all."""
    for name, grant in GRANTS.items():
        actions = {action for entry in policy_of(name, grant)["Statement"] for action in entry["Action"]}
        assert {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"} <= actions, name
