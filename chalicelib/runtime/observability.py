"""One place for the logger and the metrics.

Log messages are constant sentences with fields. Ids yes; a phone, an openid or a name never. Errors of libraries
quote what they were given, so every line is cleaned of what looks personal or secret before it is written.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Any, Final

NAMESPACE = "siyu"

_CLEANED: Final = (
    # A mainland mobile number. A number of JSON's own is left alone: replacing it would break the line.
    (re.compile(r'(?<![0-9A-Za-z])(?<!":)(?<!": )(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z])'), "[phone]"),
    # An openid of WeChat: 28 characters that begin with o.
    (re.compile(r"(?<![\w-])o(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{27}(?![\w-])"), "[openid]"),
    # Parameters of WeChat's addresses, which requests quotes in its errors.
    (re.compile(r"\b(access_token|\w*secret|js_code|code|ticket|signature)=[^&\s\"'\\)]+"), r"\1=[hidden]"),
    (re.compile(r"\b(Bearer) [^\s\"'\\]+"), r"\1 [hidden]"),
)


@lru_cache(maxsize=1)
def logger() -> Any:
    """The container's JSON logger (Powertools)."""
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    class Cleaned(LambdaPowertoolsFormatter):
        def format(self, record: Any) -> str:
            return cleaned(super().format(record))

    return Logger(service=os.environ.get("SIYU_STACK", "siyu"), logger_formatter=Cleaned(utc=True))


def cleaned(line: str) -> str:
    """A log line without the phones, openids, tokens and secrets in it."""
    for pattern, stand_in in _CLEANED:
        line = pattern.sub(stand_in, line)
    return line


def count(metric: str, value: int = 1, **dimensions: str) -> None:
    """One business metric, written at once as a line of CloudWatch's Embedded Metric Format."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=metric, unit=MetricUnit.Count, value=value, namespace=NAMESPACE) as line:
        line.add_dimension("service", os.environ.get("SIYU_STACK", "siyu"))
        for name, dimension in dimensions.items():
            line.add_dimension(name, dimension)
