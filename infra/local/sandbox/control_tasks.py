"""Controls for what staff and customers do later: confirm a mass message, accept or refuse a handover."""

from werkzeug.wrappers import Response

from . import handovers, mass
from .answers import json_response
from .context import Call, Json
from .control_contacts import raise_change
from .control_fields import customer_by_external_userid, fields, flag, text
from .errors import ControlRefusal
from .store import Row

_RESULTS = {"done": handovers.DONE, "refused": handovers.REFUSED, "limit": handovers.AT_LIMIT}
_REASONS = {"refused": "customer_refused", "limit": "customer_limit_exceed"}


def confirm_mass(call: Call) -> Response:
    """POST /_control/mass/{msgid}/confirm {"userid"?}: the staff (all of them, or one) press send"""
    body = fields(call, "userid")
    userid = text(body, "userid") if "userid" in body else None
    msgid = call.args["msgid"]
    task = call.store.one("SELECT cancelled FROM mass WHERE msgid = ?", msgid)
    if task is None:
        raise ControlRefusal("no such mass message", 404)
    if task["cancelled"]:
        raise ControlRefusal("the mass message was cancelled", 409)
    own = "SELECT 1 FROM mass_targets WHERE msgid = ? AND userid = ?"
    if userid and call.store.one(own, msgid, userid) is None:
        raise ControlRefusal("userid: this member has nothing to send of it")
    confirmed, sent = mass.confirm(call.store, msgid, userid, call.now)
    return json_response({"msgid": msgid, "confirmed": confirmed, "sent": sent})


def list_mass(call: Call) -> Response:
    """GET /_control/mass: every mass message with how many targets it has and how many were reached"""
    rows = call.store.all(
        "SELECT m.msgid, m.cancelled, count(*) AS targets, sum(t.status = 1) AS sent, sum(t.status = 0) AS waiting"
        " FROM mass m JOIN mass_targets t ON t.msgid = m.msgid GROUP BY m.msgid ORDER BY m.created_at"
    )
    return json_response({"items": [{**dict(row), "cancelled": bool(row["cancelled"])} for row in rows]})


def end_handover(call: Call) -> Response:
    """POST /_control/handovers {"external_userid", "result"?: "done"|"refused"|"limit", "callback"?: true}

    Ends the customer's waiting handover as 24 hours, a refusal or a full receiver would.
    """
    body = fields(call, "external_userid", "result", "callback")
    customer, result = customer_by_external_userid(call, body), text(body, "result", "done")
    if result not in _RESULTS:
        raise ControlRefusal(f"result: one of {', '.join(_RESULTS)}")
    waiting = "SELECT * FROM handovers WHERE external_userid = ? AND status = 2"
    row = call.store.one(waiting, customer["external_userid"])
    if row is None:
        raise ControlRefusal("this customer has no handover that waits", 409)
    handovers.finish(call.store, row, _RESULTS[result], call.now)
    sent = _tell(call, row, result) if flag(body, "callback", True) else []
    answer = {"external_userid": row["external_userid"], "userid": row["takeover_userid"], "result": result}
    return json_response({**answer, "callback": sent[-1] if sent else None, "deliveries": sent})


def _tell(call: Call, row: Row, result: str) -> list[Json]:
    """WeCom tells that the old contact ended and the new one began, or that it failed."""
    old = (row["external_userid"], row["handover_userid"])
    new = (row["external_userid"], row["takeover_userid"])
    if result != "done":
        failed = raise_change(call.sandbox, "transfer_fail", new, {"FailReason": _REASONS[result]})
        return [failed.as_json()]
    ended = raise_change(call.sandbox, "del_external_contact", old, {"Source": "DELETE_BY_TRANSFER"})
    begun = raise_change(call.sandbox, "add_external_contact", new, {})
    return [ended.as_json(), begun.as_json()]
