"""Controls that make groups, and have customers join and leave them."""

from werkzeug.wrappers import Response

from . import groups
from .answers import json_response
from .context import Call, Json
from .control_contacts import raise_event
from .control_fields import customer_by_external_userid, fields, flag, staff_member, text
from .errors import ControlRefusal
from .store import Row


def make_group(call: Call) -> Response:
    """POST /_control/groups {"owner": userid, "name"?, "callback"?: true}"""
    body = fields(call, "owner", "name", "callback")
    owner = staff_member(call, body, "owner")["userid"]
    chat_id = groups.make(call.store, owner, text(body, "name", "顾客群"), call.now)
    return json_response({"chat_id": chat_id, "owner": owner, "callback": _tell(call, body, chat_id, "create", {})})


def join_group(call: Call) -> Response:
    """POST /_control/join-group {"chat_id", "external_userid", "state"?, "callback"?: true}"""
    body = fields(call, "chat_id", "external_userid", "state", "callback")
    group, customer = _group(call, body), customer_by_external_userid(call, body)["external_userid"]
    call.store.run(
        "INSERT OR REPLACE INTO group_members VALUES(?, ?, ?, ?)",
        group["chat_id"], customer, text(body, "state", ""), call.now,
    )  # fmt: skip
    detail = {"UpdateDetail": "add_member", "JoinScene": 3, "MemChangeCnt": 1}
    return _changed(call, body, group, customer, detail)


def leave_group(call: Call) -> Response:
    """POST /_control/leave-group {"chat_id", "external_userid", "callback"?: true}"""
    body = fields(call, "chat_id", "external_userid", "callback")
    group, customer = _group(call, body), customer_by_external_userid(call, body)["external_userid"]
    gone = "DELETE FROM group_members WHERE chat_id = ? AND external_userid = ?"
    if not call.store.run(gone, group["chat_id"], customer):
        raise ControlRefusal("the customer is not in this group", 409)
    return _changed(call, body, group, customer, {"UpdateDetail": "del_member", "QuitScene": 0, "MemChangeCnt": 1})


def dismiss_group(call: Call) -> Response:
    """POST /_control/dismiss-group {"chat_id", "callback"?: true}"""
    body = fields(call, "chat_id", "callback")
    group = _group(call, body)
    call.store.run("UPDATE groups SET dismissed = 1 WHERE chat_id = ?", group["chat_id"])
    sent = _tell(call, body, group["chat_id"], "dismiss", {})
    return json_response({"chat_id": group["chat_id"], "callback": sent})


def _changed(call: Call, body: Json, group: Row, customer: str, detail: Json) -> Response:
    call.store.run("UPDATE groups SET version = version + 1 WHERE chat_id = ?", group["chat_id"])
    sent = _tell(call, body, group["chat_id"], "update", detail)
    return json_response({"chat_id": group["chat_id"], "external_userid": customer, "callback": sent})


def _group(call: Call, body: Json) -> Row:
    row = call.store.one("SELECT * FROM groups WHERE chat_id = ? AND dismissed = 0", text(body, "chat_id"))
    if row is None:
        raise ControlRefusal("chat_id: no such group; POST /_control/groups makes one")
    return row


def _tell(call: Call, body: Json, chat_id: str, change: str, detail: Json) -> Json | None:
    if not flag(body, "callback", True):
        return None
    values = {"ChatId": chat_id, "ChangeType": change, **detail}
    return raise_event(call.sandbox, "change_external_chat", values).as_json()
