"""Controls that act as customers and staff in WeCom, and raise the callbacks that this causes."""

import secrets
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from . import deliver
from .answers import json_response
from .context import Call, Json, Sandbox
from .control_fields import customer_by_external_userid, fields, flag, number, staff_member, text
from .errors import ControlRefusal

_BY_QR_CODE = 1
_UNKNOWN_WAY = 0


def add_contact(call: Call) -> Response:
    """POST /_control/add-contact {"external_userid", "userid", "state"?, "callback"?: true, "welcome"?: true}

    Customer and staff become contacts. The event carries a WelcomeCode unless they already were, the member
    has a welcome message of their own, or `welcome` is false.
    """
    body = fields(call, "external_userid", "userid", "state", "callback", "welcome")
    customer, member = customer_by_external_userid(call, body), staff_member(call, body)
    raised, welcome = flag(body, "callback", True), flag(body, "welcome", True)
    pair = (customer["external_userid"], member["userid"])
    with call.store.transaction():
        is_new = _connect(call, pair, text(body, "state", ""))
        code = _welcome_code(call, pair) if is_new and welcome and not member["own_welcome"] else None
    event: Json = {"State": text(body, "state", ""), "WelcomeCode": code or ""}
    delivery = raise_change(call.sandbox, "add_external_contact", pair, event) if raised else None
    return json_response(_answer(pair, delivery, is_new=is_new, state=event["State"], welcome_code=code))


def delete_contact(call: Call) -> Response:
    """POST /_control/delete-contact {"external_userid", "userid", "by"?: "customer"|"staff", "callback"?: true}

    By the customer (default): del_follow_user, and a one-way relation remains that the API still shows.
    By the staff: del_external_contact, and nothing remains.
    """
    body = fields(call, "external_userid", "userid", "by", "callback", "state")
    customer, member = customer_by_external_userid(call, body), staff_member(call, body)
    raised, actor = flag(body, "callback", True), text(body, "by", "customer")
    if actor not in ("customer", "staff"):
        raise ControlRefusal("by: customer or staff")
    pair = (customer["external_userid"], member["userid"])
    if not _disconnect(call, pair, actor):
        raise ControlRefusal("these two are not contacts", 409)
    change = "del_follow_user" if actor == "customer" else "del_external_contact"
    delivery = raise_change(call.sandbox, change, pair, {}) if raised else None
    return json_response(_answer(pair, delivery, by=actor))


def raise_callback(call: Call) -> Response:
    """POST /_control/callback {"xml", "timestamp"?, "times"?: 1}: encrypt and deliver any plaintext event"""
    body = fields(call, "xml", "timestamp", "times")
    timestamp = number(body, "timestamp", None, 0, 2**40) if "timestamp" in body else None
    times = number(body, "times", 1, 1, 100)
    sent = deliver.wecom_event(call.sandbox, text(body, "xml"), timestamp=timestamp, times=times)
    return json_response({"callback": sent[-1].as_json(), "deliveries": [one.as_json() for one in sent]})


def raise_change(sandbox: Sandbox, change: str, pair: tuple[str, str], extra: Json) -> deliver.Delivery:
    """Deliver a `change_external_contact` event about (external_userid, userid); empty extras are left out."""
    external_userid, userid = pair
    values = {"ChangeType": change, "UserID": userid, "ExternalUserID": external_userid, **extra}
    return raise_event(sandbox, "change_external_contact", values)


def raise_event(sandbox: Sandbox, event: str, values: Json) -> deliver.Delivery:
    """Deliver an event with these fields; empty ones are left out."""
    inner = "".join(f"<{name}>{_cdata(str(value))}</{name}>" for name, value in values.items() if value != "")
    xml = (
        f"<xml><ToUserName>{_cdata(sandbox.keys.corp_id)}</ToUserName><FromUserName>{_cdata('sys')}</FromUserName>"
        f"<CreateTime>{int(sandbox.clock())}</CreateTime><MsgType>{_cdata('event')}</MsgType>"
        f"<Event>{_cdata(event)}</Event>{inner}</xml>"
    )
    return deliver.wecom_event(sandbox, xml)[0]


def _connect(call: Call, pair: tuple[str, str], state: str) -> bool:
    """Whether they were not contacts before (or only one way)."""
    known = call.store.one("SELECT * FROM contacts WHERE external_userid = ? AND userid = ?", *pair)
    if known and not known["one_way"]:
        call.store.run(
            "UPDATE contacts SET state = ? WHERE external_userid = ? AND userid = ?", state or known["state"], *pair
        )
        return False
    way = _BY_QR_CODE if state else _UNKNOWN_WAY
    call.store.run("INSERT OR REPLACE INTO contacts VALUES(?, ?, ?, ?, ?, 0)", *pair, state, way, call.now)
    return True


def _disconnect(call: Call, pair: tuple[str, str], actor: str) -> bool:
    if actor == "customer":
        return bool(
            call.store.run(
                "UPDATE contacts SET one_way = 1 WHERE external_userid = ? AND userid = ? AND one_way = 0", *pair
            )
        )
    with call.store.transaction():
        call.store.run("DELETE FROM contact_tags WHERE external_userid = ? AND userid = ?", *pair)
        return bool(call.store.run("DELETE FROM contacts WHERE external_userid = ? AND userid = ?", *pair))


def _welcome_code(call: Call, pair: tuple[str, str]) -> str:
    code = secrets.token_urlsafe(32)
    call.store.run("INSERT INTO welcome_codes VALUES(?, ?, ?, ?, NULL)", code, *pair, call.now)
    return code


def _answer(pair: tuple[str, str], delivery: deliver.Delivery | None, **more: object) -> Json:
    callback = delivery.as_json() if delivery else None
    return {"callback": callback, "external_userid": pair[0], "userid": pair[1], **more}


def _cdata(value: str) -> str:
    return f"<![CDATA[{value}]]>" if "]]>" not in value else escape(value)
