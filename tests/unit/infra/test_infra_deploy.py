"""Deploying a small package to the local CloudFormation."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import DeployFailed, deploy

Resource = dict[str, Any]


@pytest.fixture
def session(engine: str) -> Any:
    import boto3

    return boto3.Session(region_name="us-east-1")


def test_a_stack_is_made_once_and_left_alone_when_nothing_changed(session: Any, tmp_path: Path) -> None:
    package = _package(tmp_path, Queue=_queue("deploy-a"))

    made, told_first = _deploy(session, "deploy-a", package)
    again, told_second = _deploy(session, "deploy-a", package)

    assert made == again == {"Where": "somewhere"}
    assert told_first == ["CloudFormation applies the changes …"]
    assert told_second == ["Nothing to change: the stack is as the package wants it."]


def test_a_change_is_applied(session: Any, tmp_path: Path) -> None:
    _deploy(session, "deploy-b", _package(tmp_path, Queue=_queue("deploy-b")))

    found, told = _deploy(session, "deploy-b", _package(tmp_path, Queue=_queue("deploy-b"), More=_queue("deploy-b2")))

    assert told == ["CloudFormation applies the changes …"]
    assert session.client("sqs").get_queue_url(QueueName="deploy-b2")["QueueUrl"]
    assert found == {"Where": "somewhere"}


def test_a_resource_that_fails_is_named(session: Any, tmp_path: Path) -> None:
    with pytest.raises(DeployFailed) as failed:
        _deploy(session, "deploy-d", _package(tmp_path, Good=_queue("deploy-d"), Parameter=_failing("old")))

    assert "Parameter: " in str(failed.value)
    assert "Good: " not in str(failed.value)


def test_only_the_failures_of_this_deploy_are_named(session: Any, tmp_path: Path) -> None:
    _deploy(session, "deploy-e", _package(tmp_path, Queue=_queue("deploy-e")))
    with pytest.raises(DeployFailed, match="Older: "):
        _deploy(session, "deploy-e", _package(tmp_path, Queue=_queue("deploy-e"), Older=_failing("older")))

    with pytest.raises(DeployFailed, match="Newer: ") as failed:
        _deploy(session, "deploy-e", _package(tmp_path, Queue=_queue("deploy-e"), Newer=_failing("newer")))

    assert "Older" not in str(failed.value)


def test_a_template_that_cloudformation_refuses_says_why(session: Any, tmp_path: Path) -> None:
    with pytest.raises(DeployFailed, match="refused"):
        _deploy(session, "deploy-f", _package(tmp_path, Odd={"Type": "AWS::No::Such"}))


def _deploy(session: Any, stack: str, package: Path, **parameters: str) -> tuple[dict[str, str], list[str]]:
    told: list[str] = []
    found = deploy(session, stack, package, parameters, tags={"app": "siyu"}, report=told.append)
    return found, told


def _package(folder: Path, **resources: Resource) -> Path:
    template = {
        "Parameters": {"Place": {"Type": "String", "Default": "somewhere"}},
        "Resources": resources,
        "Outputs": {"Where": {"Value": {"Ref": "Place"}}},
    }
    (folder / "sam.json").write_text(json.dumps(template))
    with zipfile.ZipFile(folder / "deployment.zip", "w") as archive:
        archive.writestr("app.py", "")
    return folder


def _queue(name: str) -> Resource:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def _failing(name: str) -> Resource:
    """CloudFormation cannot make secret parameters."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "SecureString", "Value": "x"}}
