"""Runs a scheduled function now, through Lambda's API, and waits for its end."""

from __future__ import annotations

import json
import time
from typing import Any

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings


def run(name: str, now: Millis) -> float:
    """Run a scheduled function and return how many seconds it took.

    404 `not_found` for a name that no schedule has; 500 `internal` with what happened when it failed, or did not end
    in the time that an answer of the API may take.
    """
    functions = settings().job_functions
    if name not in functions:
        raise SiyuError("not_found", f"No such job. There are {', '.join(sorted(functions)) or 'none'}.", param="name")
    began = time.monotonic()
    answer = _invoke(name, functions[name], now)
    if "FunctionError" in answer:
        raise SiyuError("internal", f"{name} failed: {_what_happened(answer['Payload'].read())}")
    return round(time.monotonic() - began, 3)


def _invoke(name: str, function: str, now: Millis) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return client("lambda").invoke(FunctionName=function, Payload=json.dumps(_scheduled_event(now)).encode())
    except (BotoCoreError, ClientError) as error:
        raise SiyuError("internal", f"{name} gave no answer, it may still be running: {error}") from error


def _scheduled_event(now: Millis) -> dict[str, Any]:
    """What EventBridge sends, as far as it is the same for every schedule."""
    return {
        "version": "0",
        "id": "",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "",
        "time": to_rfc3339(now),
        "region": "",
        "resources": [],
        "detail": {},
    }


def _what_happened(payload: bytes) -> str:
    try:
        failure = json.loads(payload)
        return f"{failure['errorType']}: {failure['errorMessage']}"
    except (ValueError, TypeError, KeyError):
        return payload[:500].decode(errors="replace")
