"""What the routes under `/_local` need, under a condition: on stages other than local and test nothing of it exists.

The template is the same for every stage, so CloudFormation itself leaves the routes, the grants and the settings out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chalice.app import ScheduledEventConfig

from chalicelib.runtime import stage_clock
from chalicelib.runtime.events.functions import logical_name
from chalicelib.runtime.settings import LOCAL_STAGES

Resource = dict[str, Any]

CONDITION = "HasLocalRoutes"
"""The condition of infra/template.yaml."""

NOTHING = {"Ref": "AWS::NoValue"}


def resources(sources: Iterable[Any]) -> dict[str, Resource]:
    """The grants and the settings of the API, for these event functions."""
    known = list(sources)
    jobs = sorted(source.name for source in known if isinstance(source, ScheduledEventConfig))
    names = sorted(source.name for source in known)
    return {
        "StageClockPolicy": _policy("stage-clock", ["ApiHandlerRole", *map(_role, names)], _read_the_clock()),
        "JobsPolicy": _policy("jobs", ["ApiHandlerRole"], _invoke(jobs)),
        "APIHandler": {"Properties": {"Environment": {"Variables": {"SIYU_JOBS": only_here(_pairs(jobs))}}}},
    }


def only_here(value: Any) -> Resource:
    """A value that exists under the condition alone."""
    return {"Fn::If": [CONDITION, value, NOTHING]}


def condition_paths(template: Path) -> None:
    """Put each path of the API whose routes are not for every stage under the condition."""
    content = json.loads(template.read_text())
    paths = content["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path in local_paths():
        paths[path] = only_here(paths[path])
    template.write_text(json.dumps(content, indent=2))


def local_paths() -> list[str]:
    """Paths whose routes the stages local and test have, and no other."""
    from app import ROUTES

    limited = [route for api in ROUTES for route in api.routes.values() if route.stages]
    if strange := [route.path for route in limited if route.stages != LOCAL_STAGES]:
        raise ValueError(f"the template has no condition for the stages of {', '.join(strange)}")
    return sorted({route.path for route in limited})


def _policy(name: str, roles: list[str], statement: Resource) -> Resource:
    return {
        "Type": "AWS::IAM::Policy",
        "Condition": CONDITION,
        "Properties": {
            "PolicyName": name,
            "Roles": [{"Ref": role} for role in roles],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]},
        },
    }


def _read_the_clock() -> Resource:
    return {
        "Action": ["dynamodb:GetItem"],
        "Resource": [{"Fn::GetAtt": ["RuntimeTable", "Arn"]}],
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [stage_clock.KEY]}},
    }


def _invoke(jobs: list[str]) -> Resource:
    return {
        "Action": ["lambda:InvokeFunction"],
        "Resource": [{"Fn::GetAtt": [logical_name(name), "Arn"]} for name in jobs],
    }


def _pairs(jobs: list[str]) -> Resource:
    return {"Fn::Sub": ",".join(f"{name}=${{{logical_name(name)}}}" for name in jobs)}


def _role(name: str) -> str:
    return f"{logical_name(name)}Role"
