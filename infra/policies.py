"""Least privilege: what each function may touch, written as `.chalice/policies/<function>.json`.

The grants below are the only place to change; `make policies` writes the files and the function table of
`.chalice/config.json`, a test says when they lag behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chalicelib.runtime.events.functions import logical_name
from chalicelib.runtime.events.queues import PARKING
from chalicelib.runtime.events.routing import queues_of_stream
from infra import resources
from infra.grants import GRANTS, Grant

CHALICE = Path(__file__).parent.parent / ".chalice"

READ = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"]
WRITE = [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
]

EXPORTS = {
    "read": ["s3:GetObject"],
    # The upload is opened, completed and listed under the rights to put an object and to list its parts.
    "write": ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
}

IMPORTS = {"upload": ["s3:PutObject", "s3:GetObject"], "read": ["s3:GetObject", "s3:DeleteObject"]}


def write() -> list[Path]:
    """Write every policy and the function table, delete what no function has any more; the files that changed."""
    files = wanted()
    changed = lagging()
    for path in changed:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
    return changed


def lagging() -> list[Path]:
    """The files that are missing, differ from what follows from infra/grants.py, or belong to no function."""
    files = wanted()
    stray = sorted(set((CHALICE / "policies").glob("*.json")) - files.keys())
    return [path for path, text in files.items() if not path.exists() or path.read_text() != text] + stray


def wanted() -> dict[Path, str]:
    """Every policy and the function table, as they should read."""
    found = {CHALICE / "policies" / f"{name}.json": _dump(policy_of(name, grant)) for name, grant in GRANTS.items()}
    return found | {CHALICE / "config.json": _dump(config())}


def config() -> dict[str, Any]:
    """`.chalice/config.json`: memory and time-outs by kind of function, one policy file each."""
    return {
        "version": "2.0",
        "app_name": "siyu",
        "autogen_policy": False,
        "automatic_layer": False,
        "api_gateway_endpoint_type": "REGIONAL",
        "lambda_memory_size": 512,
        "lambda_timeout": resources.FUNCTION_TIMEOUT,
        "lambda_functions": {
            name: {"iam_policy_file": f"policies/{name}.json", **resources.SPECIAL.get(name, {})} for name in GRANTS
        },
        "stages": {"main": {"api_gateway_stage": "api", "iam_policy_file": "policies/api_handler.json"}},
    }


def policy_of(name: str, grant: Grant) -> dict[str, Any]:
    """The IAM policy of a function: its log, its event source, and what it was granted."""
    # Lambda makes a function's log group with the function's own rights.
    log = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    statements = [_allow(log, [{"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}])]
    if name in resources.queue_consumers():
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        statements.append(_allow(receive, [_queue_arn(name)]))
    if name in resources.stream_consumers():
        area = name.removesuffix("-stream")
        stream = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
        statements.append(_allow(stream, [{"Fn::GetAtt": [resources.table_id(area), "StreamArn"]}]))
        kept = [{"Fn::GetAtt": ["StreamFailures", "Arn"]}, {"Fn::Sub": "${StreamFailures.Arn}/*"}]
        statements.append(_allow(["s3:PutObject", "s3:ListBucket"], kept))
        told = (PARKING, *queues_of_stream(area))
        statements.append(_allow(["sqs:SendMessage"], [_queue_arn(queue) for queue in told]))
    if grant.writes:
        statements.append(_allow([*READ, *WRITE], _table_arns(grant.writes)))
    if grant.reads:
        statements.append(_allow(READ, _table_arns(grant.reads)))
    if grant.sends:
        statements.append(_allow(["sqs:SendMessage"], [_queue_arn(queue) for queue in (PARKING, *grant.sends)]))
    if grant.secrets:
        arns = [_secret_arn(secret) for secret in grant.secrets]
        statements.append(_allow(["secretsmanager:GetSecretValue"], arns))
    if grant.exports:
        statements.append(_allow(EXPORTS[grant.exports], [{"Fn::Sub": "${ExportsBucket.Arn}/exports/*"}]))
    if grant.exports == "write":
        # Without it S3 answers 403 instead of 404 when asked whether a file is there.
        statements.append(_allow(["s3:ListBucket"], [{"Fn::GetAtt": ["ExportsBucket", "Arn"]}]))
    if grant.imports:
        statements.append(_allow(IMPORTS[grant.imports], [{"Fn::Sub": "${ExportsBucket.Arn}/imports/*"}]))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: list[str], targets: list[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": targets}


def _queue_arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [f"{logical_name(name)}Queue", "Arn"]}


def _secret_arn(name: str) -> dict[str, Any]:
    # Secrets Manager adds six random characters to the name.
    owner = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}"
    return {"Fn::Sub": f"{owner}:secret:${{AWS::StackName}}/{name}-*"}


def _table_arns(areas: tuple[str, ...]) -> list[dict[str, Any]]:
    tables = [resources.table_id(area) for area in areas]
    return [
        arn for table in tables for arn in ({"Fn::GetAtt": [table, "Arn"]}, {"Fn::Sub": f"${{{table}.Arn}}/index/*"})
    ]


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


if __name__ == "__main__":
    changed = write()
    print("\n".join(f"Wrote {path.relative_to(CHALICE.parent)}" for path in changed) or "Policies are up to date.")
