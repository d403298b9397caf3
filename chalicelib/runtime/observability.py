"""One place for the logger and the metrics.

Log messages are constant sentences with fields. Ids yes; a phone, an openid or a name never.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

NAMESPACE = "siyu"


@lru_cache(maxsize=1)
def logger() -> Any:
    """The container's JSON logger (Powertools)."""
    from aws_lambda_powertools import Logger

    return Logger(service=os.environ.get("SIYU_STACK", "siyu"), utc=True)


def count(metric: str, value: int = 1, **dimensions: str) -> None:
    """One business metric, written at once as a line of CloudWatch's Embedded Metric Format."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=metric, unit=MetricUnit.Count, value=value, namespace=NAMESPACE) as line:
        line.add_dimension("service", os.environ.get("SIYU_STACK", "siyu"))
        for name, dimension in dimensions.items():
            line.add_dimension(name, dimension)
