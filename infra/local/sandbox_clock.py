"""Tells the WeChat sandbox what siyu's clock was put to: siyu itself knows of no sandbox, so the front door does it."""

from __future__ import annotations

import contextlib
import http.client
import json
from urllib.parse import urlsplit

CLOCK = "/_local/clock"
ANSWER_SECONDS = 10.0


class NotTold(Exception):
    """The sandbox did not take the offset: it lives in another time than siyu."""


def puts_the_clock(method: str, path: str, status: int) -> bool:
    """Whether an answer of siyu says that its clock was put."""
    return method in ("PUT", "DELETE") and path.partition("?")[0] == CLOCK and status == 200


def tell(sandbox_url: str, answer: bytes) -> None:
    """Put the sandbox's clock to the offset in siyu's answer; `NotTold` when that fails."""
    address = urlsplit(sandbox_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    try:
        body = json.dumps({"offset_seconds": json.loads(answer)["offset_seconds"]})
        with contextlib.closing(connection):
            connection.request("PUT", "/_control/clock", body, {"Content-Type": "application/json"})
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise NotTold from error
    if status != 200:
        raise NotTold(f"The sandbox answered {status}.")
