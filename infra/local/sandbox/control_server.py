"""Controls of the sandbox itself: health, reset, faults, what was called and what arrived."""

import re

from werkzeug.wrappers import Response

from . import faults, messages, tokens
from .answers import json_response, rfc3339
from .context import Call
from .control_fields import fields, number, text
from .errors import ControlRefusal


def health(call: Call) -> Response:
    """GET /_control/health"""
    return json_response({"status": "ok", "at": rfc3339(call.now)})


def reset(call: Call) -> Response:
    """POST /_control/reset: everything is gone but the keys, the settings and the clock"""
    call.store.reset()
    return json_response({"status": "empty"})


def expire_tokens(call: Call) -> Response:
    """POST /_control/expire-tokens: every access token and ticket runs out now"""
    return json_response({"expired": tokens.expire_all(call.store, call.now)})


def add_fault(call: Call) -> Response:
    """POST /_control/faults {"path", "mode", "times"?: 1, "errcode"?, "seconds"?}"""
    body = fields(call, "path", "mode", "times", "errcode", "seconds")
    errcode, seconds = body.get("errcode"), body.get("seconds")
    if errcode is not None and not re.fullmatch(r"-?\d+|[A-Z_]+", str(errcode)):
        raise ControlRefusal("errcode: a number (mini program, WeCom) or a code such as SYSTEM_ERROR (pay)")
    if seconds is not None and (not isinstance(seconds, int | float) or not 0 <= seconds <= 600):
        raise ControlRefusal("seconds: a number from 0 to 600 is needed")
    path, mode, times = text(body, "path"), text(body, "mode"), number(body, "times", 1, 1, 1_000_000)
    faults.add(call.store, path, mode, times, None if errcode is None else str(errcode), seconds)
    return json_response({"path": path, "mode": mode, "times": times})


def list_faults(call: Call) -> Response:
    """GET /_control/faults: those that still wait"""
    rows = call.store.all("SELECT path, mode, times, errcode, seconds FROM faults WHERE times > 0 ORDER BY id")
    return json_response({"items": [dict(row) for row in rows]})


def clear_faults(call: Call) -> Response:
    """DELETE /_control/faults"""
    return json_response({"removed": faults.clear(call.store)})


def list_messages(call: Call) -> Response:
    """GET /_control/messages: what reached customers (`items`) and staff (`staff_items`)

    `medium` is subscribe_message or wecom; `msgid` stands where the API answered one.
    """
    return json_response({"items": messages.to_customers(call.store), "staff_items": messages.to_staff(call.store)})


def list_calls(call: Call) -> Response:
    """GET /_control/calls: the last 1,000 API calls, oldest first"""
    rows = call.store.all("SELECT host, method, path, at, status, result, fault FROM calls ORDER BY id")
    return json_response({"items": [{**dict(row), "at": rfc3339(row["at"])} for row in rows[-1000:]]})
