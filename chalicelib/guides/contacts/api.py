"""WeCom's callbacks."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.guides.contacts import callbacks
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.http import SAFE_HEADERS, Api, Request
from chalicelib.wechat import connect

api = Api(__name__)

_BYTES = 512 * 1024
_ERRORS = ("invalid_signature", "stale_request", "invalid_body")


@api.get("/callbacks/wecom", content_type="text/plain", errors=_ERRORS)
def verify_wecom_callback(request: Request, now: Millis) -> Response:
    """What WeCom asks when the callback's address is set."""
    echo = callbacks.read_echo(request.query, connect.callback_crypto(), now)
    return Response(echo, {"Content-Type": "text/plain; charset=utf-8", **SAFE_HEADERS})


@api.post("/callbacks/wecom", content_type="text/plain", errors=_ERRORS, max_body=_BYTES)
def receive_wecom_callback(request: Request, now: Millis) -> Response:
    """An event from WeCom: kept durably, then answered."""
    callbacks.receive(request.query, request.body, connect.callback_crypto(), connect.wecom, now)
    return Response("", {"Content-Type": "text/plain; charset=utf-8", **SAFE_HEADERS})
