"""Log lines into metrics and into lines for people."""

from __future__ import annotations

import json

import pytest

from chalicelib.runtime.observability import count
from infra.local.companion import metrics_of, readable

AT = 1_800_000_000_000
GROUP = "/aws/lambda/siyu-local-PayoutsSend-AB12CD"


def test_a_metric_line_becomes_data(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    monkeypatch.setenv("SIYU_STACK", "siyu-local")
    count("PayoutSettled", 2, state="SUCCESS")
    line = capsys.readouterr().out

    ((namespace, datum),) = metrics_of(line)

    assert namespace == "siyu"
    assert (datum["MetricName"], datum["Values"], datum["Unit"]) == ("PayoutSettled", [2.0], "Count")
    assert {entry["Name"]: entry["Value"] for entry in datum["Dimensions"]} == {
        "service": "siyu-local",
        "state": "SUCCESS",
    }
    assert readable(GROUP, AT, line) == "08:00:00 PayoutsSend            + PayoutSettled 2 state=SUCCESS"


def test_every_set_of_dimensions_is_a_datum() -> None:
    block = {"Namespace": "n", "Dimensions": [["a"], ["a", "b"], []], "Metrics": [{"Name": "m"}]}
    line = json.dumps({"_aws": {"Timestamp": AT, "CloudWatchMetrics": [block]}, "a": "x", "b": 1, "m": [1, 2]})

    data = [datum for _, datum in metrics_of(line)]

    assert [len(datum["Dimensions"]) for datum in data] == [1, 2, 0]
    assert all(datum["Values"] == [1, 2] for datum in data)


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        "7",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"_aws": 1}',
        '{"m": "x", "_aws": {"CloudWatchMetrics": [{"Namespace":"n", "Dimensions": [[]],"Metrics": [{"Name": "m"}]}]}}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "n", "Dimensions": [["a"]], "Metrics": [{"Name": "m"}]}]}}',
    ],
)
def test_a_line_that_is_no_metric_does_not_end_the_companion(line: str) -> None:
    assert list(metrics_of(line)) == []
    assert isinstance(readable(GROUP, AT, line), str)


def test_a_log_line_is_readable() -> None:
    message = json.dumps(
        {"level": "INFO", "message": "A payout was sent", "service": "siyu-local", "payout_id": "pay_1", "n": 2}
    )

    assert (
        readable(GROUP, AT, message) == "08:00:00 PayoutsSend            INFO    A payout was sent payout_id=pay_1 n=2"
    )


def test_an_exception_keeps_its_trace() -> None:
    message = json.dumps({"level": "ERROR", "message": "Failed", "exception": "Traceback\n  ValueError"})

    assert readable(GROUP, AT, message).endswith("Failed\nTraceback\n  ValueError")


@pytest.mark.parametrize("message", ["START RequestId: 1", "END RequestId: 1", "REPORT RequestId: 1", "  \n"])
def test_lambdas_own_lines_are_left_out(message: str) -> None:
    assert readable(GROUP, AT, message) == ""


@pytest.mark.parametrize("message", ["Traceback (most recent call last):", "7", "[1, 2]", '"text"', "null"])
def test_other_text_is_kept_as_it_is(message: str) -> None:
    assert readable(GROUP, AT, message) == f"08:00:00 {'PayoutsSend':<22} {message}"


def test_the_api_function_has_its_name() -> None:
    assert readable("/aws/lambda/siyu-local-APIHandler", AT, "x").split()[1] == "APIHandler"
