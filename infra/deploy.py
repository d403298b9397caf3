"""Deploys the package by CloudFormation: the same steps on AWS and on the local stack.

    python -m infra.deploy STAGE        (make deploy STAGE=…)

Reads the parameters of a stage from `infra/stages/<stage>.json`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infra.build import ROOT, build

Report = Callable[[str], None]


BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


class DeployFailed(RuntimeError):
    """CloudFormation refused; the message names the resources at fault."""


def deploy(
    session: Any, stack: str, package: Path, parameters: Mapping[str, str], *, tags: Mapping[str, str], report: Report
) -> dict[str, str]:
    """Create or update the stack from a package; its outputs. Does nothing when nothing changed."""
    bucket = _bucket(session, stack)
    template = _upload(session, bucket, package)
    cloudformation = session.client("cloudformation")
    change_set = _create_change_set(cloudformation, stack, template, parameters, tags)
    if change_set is None:
        report("Nothing to change: the stack is as the package wants it.")
    else:
        report("CloudFormation applies the changes …")
        _execute(cloudformation, stack, *change_set)
    return outputs(cloudformation, stack)


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """The stack's outputs by key."""
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}


def _bucket(session: Any, stack: str) -> str:
    s3 = session.client("s3")
    account = session.client("sts").get_caller_identity()["Account"]
    name = f"{stack}-deployments-{account}-{session.region_name}"
    known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if name not in known:
        place = (
            {}
            if session.region_name == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": session.region_name}}
        )
        s3.create_bucket(Bucket=name, **place)
    return name


def _upload(session: Any, bucket: str, package: Path) -> str:
    s3 = session.client("s3")
    archive = package / "deployment.zip"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:32]
    s3.upload_file(str(archive), bucket, f"{digest}.zip")
    template = json.loads((package / "sam.json").read_text())
    for resource in template["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{bucket}/{digest}.zip"
    key = f"{digest}-{hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:16]}.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(template).encode())
    return str(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})).split("?")[0]


def _create_change_set(
    cloudformation: Any, stack: str, template: str, parameters: Mapping[str, str], tags: Mapping[str, str]
) -> tuple[str, str] | None:
    kind = "UPDATE" if _exists(cloudformation, stack) else "CREATE"
    name = "deploy-" + hashlib.sha256(f"{template}{sorted(parameters.items())}".encode()).hexdigest()[:16]
    _forget(cloudformation, stack, name)
    _ask(
        cloudformation,
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateURL=template,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    described = _settled(cloudformation, stack, name)
    if described["Status"] == "CREATE_COMPLETE":
        return name, kind
    reason = described.get("StatusReason", "")
    cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
    if "didn't contain changes" in reason or "No updates" in reason:
        return None
    raise DeployFailed(f"CloudFormation refused the template: {reason}")


def _ask(cloudformation: Any, **change: Any) -> None:
    from botocore.exceptions import ClientError

    try:
        cloudformation.create_change_set(**change)
    except ClientError as error:
        # A malformed template, or a stack in a state that takes no change (its first creation failed: delete it).
        raise DeployFailed(f"CloudFormation refused the template: {error.response['Error'].get('Message')}") from error


def _settled(cloudformation: Any, stack: str, name: str) -> dict[str, Any]:
    from time import sleep

    while True:
        described: dict[str, Any] = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        if described["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return described
        sleep(0.5)


def _forget(cloudformation: Any, stack: str, name: str) -> None:
    from botocore.exceptions import ClientError

    try:
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in (
            "ChangeSetNotFound",
            "ChangeSetNotFoundException",
            "ValidationError",
        ):
            raise


def _exists(cloudformation: Any, stack: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return False
    return bool(found) and found[0]["StackStatus"] not in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")


def _execute(cloudformation: Any, stack: str, name: str, kind: str) -> None:
    from botocore.exceptions import WaiterError

    cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    waiter = cloudformation.get_waiter("stack_create_complete" if kind == "CREATE" else "stack_update_complete")
    try:
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 1800})
    except WaiterError as error:
        raise DeployFailed(f"The deploy failed:\n{_failures(cloudformation, stack)}") from error


def _failures(cloudformation: Any, stack: str) -> str:
    failed = []
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        # Newest first: where the stack itself began, the events of earlier deploys begin.
        if event["LogicalResourceId"] == stack and event["ResourceStatus"] in BEGINNINGS:
            break
        if event["ResourceStatus"].endswith("FAILED"):
            failed.append(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}")
    return "\n".join(failed[:10])


def main(stage: str) -> None:
    """Build and deploy a stage to AWS with the caller's credentials."""
    import boto3

    chosen = json.loads((ROOT / "infra" / "stages" / f"{stage}.json").read_text())
    print(f"Packaging siyu for {stage} …")
    package = build()
    found = deploy(
        boto3.Session(region_name=chosen.get("region")),
        chosen["stack"],
        package,
        {"Stage": stage, **chosen["parameters"]},
        tags=chosen.get("tags", {}),
        report=print,
    )
    print(f"Deployed {chosen['stack']}. API Gateway serves it at {found['ApiUrl']}.")
    print(f"Next: `make doctor STAGE={stage}` checks secrets, callback addresses and WeChat.")


if __name__ == "__main__":
    main(sys.argv[1])
