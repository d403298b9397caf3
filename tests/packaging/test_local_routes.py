"""What the template holds on each stage: only local and test have the routes under `/_local` and what they need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.runtime.http import local_api
from infra import local_routes, resources
from infra.build import build

Resource = dict[str, Any]
GONE = object()
TRACES = ("/_local", "SIYU_CLOCK_CAN_MOVE", "SIYU_JOBS", "lambda:InvokeFunction")


class Stage:
    """The packaged template as CloudFormation reads it for one stage, its conditions decided."""

    def __init__(self, template: Resource, name: str) -> None:
        self._parameters = {"Stage": name, "AlarmTopic": ""}
        self._conditions = template["Conditions"]
        self.globals = self._resolved(template["Globals"])
        self.resources = {
            name: self._resolved(resource)
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or self._holds(self._conditions[resource["Condition"]])
        }

    @property
    def paths(self) -> Resource:
        return dict(self.resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"])

    def statements(self, action: str) -> Iterator[Resource]:
        """Statements of IAM that allow an action, with the roles that have them."""
        for name, resource in self.resources.items():
            properties = resource["Properties"]
            for policy in properties.get("Policies", [properties]):
                for statement in policy.get("PolicyDocument", {}).get("Statement", []):
                    if action in statement["Action"]:
                        yield {**statement, "roles": properties.get("Roles", [{"Ref": name}])}

    def _holds(self, condition: Resource) -> bool:
        ((function, of),) = condition.items()
        if function == "Fn::Equals":
            one, other = (self._parameters[part["Ref"]] if isinstance(part, dict) else part for part in of)
            return bool(one == other)
        parts = [self._holds(part) for part in of]
        return {"Fn::Not": not parts[0], "Fn::Or": any(parts)}[function]

    def _resolved(self, value: Any) -> Any:
        if value == {"Ref": "AWS::NoValue"}:
            return GONE
        if isinstance(value, dict) and value.keys() == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self._resolved(yes if self._holds(self._conditions[condition]) else no)
        if isinstance(value, dict):
            return {name: found for name, part in value.items() if (found := self._resolved(part)) is not GONE}
        if isinstance(value, list):
            return [found for part in value if (found := self._resolved(part)) is not GONE]
        return value


@pytest.fixture(scope="module")
def template() -> Resource:
    return dict(json.loads((build() / "sam.json").read_text()))


@pytest.mark.parametrize("name", ["prod", "production-2", "staging", "Test", "locale"])
def test_another_stage_has_neither_route_nor_grant_nor_setting(template: Resource, name: str) -> None:
    stage = Stage(template, name)
    text = json.dumps([stage.globals, stage.paths, stage.resources["APIHandler"]])

    assert "/healthz" in stage.paths
    assert not [trace for trace in TRACES if trace in text]
    assert not {"StageClockPolicy", "JobsPolicy"} & stage.resources.keys()
    assert not list(stage.statements("lambda:InvokeFunction"))
    assert not [one for one in stage.statements("dynamodb:GetItem") if "Condition" in one]


@pytest.mark.parametrize("name", ["local", "test"])
def test_a_local_stage_has_the_routes_and_their_settings(template: Resource, name: str) -> None:
    stage = Stage(template, name)
    variables = stage.resources["APIHandler"]["Properties"]["Environment"]["Variables"]

    routes = {path: {method.upper() for method in methods} for path, methods in stage.paths.items()}
    assert routes["/_local/clock"] == {"GET", "PUT", "DELETE"}
    assert routes["/_local/jobs/{name}"] == {"POST"}
    assert stage.globals["Function"]["Environment"]["Variables"]["SIYU_CLOCK_CAN_MOVE"] == "1"
    assert "payouts-reconcile=${PayoutsReconcile}" in variables["SIYU_JOBS"]["Fn::Sub"]


def test_the_api_may_run_the_scheduled_functions_and_no_other(template: Resource) -> None:
    (grant,) = Stage(template, "local").statements("lambda:InvokeFunction")

    scheduled = {
        name
        for name, resource in template["Resources"].items()
        if any(event["Type"] == "Schedule" for event in resource.get("Properties", {}).get("Events", {}).values())
    }
    assert len(scheduled) > 5
    assert {target["Fn::GetAtt"][0] for target in grant["Resource"]} == scheduled
    assert grant["Action"] == ["lambda:InvokeFunction"]
    assert grant["roles"] == [{"Ref": "ApiHandlerRole"}]


def test_every_function_may_read_the_row_of_the_clock_and_no_other(template: Resource) -> None:
    (grant,) = [one for one in Stage(template, "test").statements("dynamodb:GetItem") if "Condition" in one]

    roles = {name for name, resource in template["Resources"].items() if resource["Type"] == "AWS::IAM::Role"}
    assert {role["Ref"] for role in grant["roles"]} == roles
    assert grant["Action"] == ["dynamodb:GetItem"]
    assert grant["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CLOCK"]}}


def test_every_route_of_the_file_is_for_the_local_stages_only() -> None:
    assert local_routes.local_paths() == sorted({path for _, path in local_api.api.routes})
    assert all(path.startswith("/_local/") for path in local_routes.local_paths())


def test_the_settings_name_every_scheduled_function() -> None:
    made = local_routes.resources(resources.event_sources())
    pairs = made["APIHandler"]["Properties"]["Environment"]["Variables"]["SIYU_JOBS"]["Fn::If"][1]["Fn::Sub"]

    assert {"campaigns-due", "guides-nightly", "payouts-reconcile"} <= {pair.split("=")[0] for pair in pairs.split(",")}
