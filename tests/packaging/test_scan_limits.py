"""What stands before the scan routes on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.codes.format.gs1 import FORMS
from infra.build import merge_template


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return merge_template()


def test_every_scan_route_is_throttled_at_the_gateway(template: dict[str, Any]) -> None:
    settings = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    throttled = {setting["ResourcePath"].replace("~1", "/")[1:] for setting in settings}

    assert throttled == {"/c/{code}", *FORMS.values()}
    assert all(0 < setting["ThrottlingRateLimit"] <= 5_000 for setting in settings)


def test_addresses_are_limited_on_aws_and_only_there(template: dict[str, Any]) -> None:
    firewall = template["Resources"]["ScanFirewall"]

    assert firewall["Condition"] == template["Resources"]["ScanFirewallAssociation"]["Condition"] == "OnAws"
    (rule,) = firewall["Properties"]["Rules"]
    assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
