"""Controls of the sandbox's clock."""

from werkzeug.wrappers import Response

from .answers import json_response, rfc3339
from .context import Call
from .control_fields import fields, number

_MOST_SECONDS = 100 * 366 * 86400


def put_clock(call: Call) -> Response:
    """PUT /_control/clock {"offset_seconds"}: everything lives that much later than the machine, also after a restart

    Going back is allowed; what time has ended meanwhile stays ended.
    """
    call.sandbox.clock.set_offset(number(fields(call, "offset_seconds"), "offset_seconds", None, 0, _MOST_SECONDS))
    return get_clock(call)


def get_clock(call: Call) -> Response:
    """GET /_control/clock"""
    clock = call.sandbox.clock
    return json_response({"now": rfc3339(clock()), "offset_seconds": clock.offset_seconds})


def delete_clock(call: Call) -> Response:
    """DELETE /_control/clock: back to the machine's time"""
    call.sandbox.clock.set_offset(0)
    return get_clock(call)
