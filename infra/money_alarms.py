"""Alarms on what siyu counts of money: each names the metric, what it means and where to read on."""

from __future__ import annotations

from typing import Any, Final

ALARMS: Final = {
    "PayoutsPaused": "WeChat Pay takes no transfers: payouts wait in their queue, nothing is lost",
    "PayoutRefused": "WeChat Pay refuses a payout for good: an operator decides about it",
    "PayoutNearHorizon": "A payout is open for four weeks: WeChat Pay forgets it after thirty days",
    "PayoutContradicted": "WeChat Pay says of a payout what cannot be: another amount, or another end",
    "PacketUnpayable": "A packet is due and cannot be asked for",
    "ShareCarriedOn": "The reconciler found a share that stream and queue had lost",
}
"""Metrics without another dimension than the service; one of them within five minutes is told."""

RUNBOOK: Final = "docs/runbooks/payouts.md"


def resources() -> dict[str, dict[str, Any]]:
    """The CloudFormation alarms."""
    return {f"{metric}Alarm": _alarm(metric, meaning) for metric, meaning in ALARMS.items()}


def _alarm(metric: str, meaning: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{AWS::StackName}}-{metric}"},
            "AlarmDescription": f"{meaning}. See {RUNBOOK}",
            "Namespace": "siyu",
            "MetricName": metric,
            "Dimensions": [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["HasTopic", [{"Ref": "AlarmTopic"}], []]},
        },
    }
