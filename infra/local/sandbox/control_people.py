"""Controls that make people and the codes they would get in WeChat."""

import re
import secrets

from werkzeug.wrappers import Response

from . import codes
from .answers import json_response
from .context import Call
from .control_fields import customer_by_openid, fields, flag, number, staff_member, text
from .errors import ControlRefusal

_FIRST_SUBSCRIPTIONS = 10
# No carrier gives out 199 00…: an invented number is seen as one.
_INVENTED_PHONE_PREFIX = "19900"


def add_customer(call: Call) -> Response:
    """POST /_control/customers {"phone"?, "name"?}"""
    body = fields(call, "phone", "name")
    phone = text(body, "phone", "") or _invented_phone(call)
    if not re.fullmatch(r"1\d{10}", phone):
        raise ControlRefusal("phone: 11 digits that begin with 1 are needed")
    openid, unionid = "o" + _letters(27), "o" + _letters(27)
    external_userid = "wm" + _letters(30)
    name = text(body, "name", f"顾客{external_userid[-4:]}")
    call.store.run(
        "INSERT INTO customers VALUES(?, ?, ?, ?, ?, ?)",
        openid, unionid, external_userid, phone, name, _FIRST_SUBSCRIPTIONS,
    )  # fmt: skip
    person = {"openid": openid, "unionid": unionid, "phone": phone, "external_userid": external_userid}
    return json_response({**person, "name": name})


def add_js_code(call: Call) -> Response:
    """POST /_control/js-codes {"openid"}: what wx.login would give"""
    customer = customer_by_openid(call, fields(call, "openid"))
    return json_response({"js_code": codes.issue(call.store, codes.JS_CODE, customer["openid"], call.now)})


def add_phone_code(call: Call) -> Response:
    """POST /_control/phone-codes {"openid"}: what the phone number button would give"""
    customer = customer_by_openid(call, fields(call, "openid"))
    code = codes.issue(call.store, codes.PHONE_CODE, customer["openid"], call.now)
    return json_response({"phone_code": code})


def put_staff(call: Call) -> Response:
    """POST /_control/staff: made or changed. Active and real-name unless said otherwise.

    `own_welcome`: an administrator gave the member a welcome message, so callbacks carry no WelcomeCode.
    """
    body = fields(call, "userid", "name", "active", "real_name", "own_welcome", "resigned")
    userid, name = text(body, "userid"), text(body, "name")
    resigned = flag(body, "resigned", False)
    active = flag(body, "active", True) and not resigned
    real_name, own_welcome = flag(body, "real_name", True), flag(body, "own_welcome", False)
    call.store.run(
        "INSERT OR REPLACE INTO staff VALUES(?, ?, ?, ?, ?, ?)",
        userid, name, active, real_name, own_welcome, call.now if resigned else None,
    )  # fmt: skip
    states = {"active": active, "real_name": real_name, "own_welcome": own_welcome, "resigned": resigned}
    return json_response({"userid": userid, "name": name, **states})


def add_subscriptions(call: Call) -> Response:
    """POST /_control/subscriptions {"openid", "times"}: the customer allows n more subscribe messages"""
    body = fields(call, "openid", "times")
    customer, times = customer_by_openid(call, body), number(body, "times", None, 0, 1_000_000)
    call.store.run("UPDATE customers SET subscriptions = subscriptions + ? WHERE openid = ?", times, customer["openid"])
    left = call.store.number("SELECT subscriptions FROM customers WHERE openid = ?", customer["openid"])
    return json_response({"openid": customer["openid"], "times": times, "left": left})


def add_staff_code(call: Call) -> Response:
    """POST /_control/staff-codes {"userid"}, or {"openid"} for a visitor: what the OAuth redirect would carry"""
    body = fields(call, "userid", "openid")
    subject = customer_by_openid(call, body)["openid"] if "openid" in body else staff_member(call, body)["userid"]
    return json_response({"code": codes.issue(call.store, codes.STAFF_CODE, subject, call.now)})


def _invented_phone(call: Call) -> str:
    while True:
        phone = f"{_INVENTED_PHONE_PREFIX}{secrets.randbelow(10**6):06d}"
        if call.store.one("SELECT 1 FROM customers WHERE phone = ?", phone) is None:
            return phone


def _letters(length: int) -> str:
    return secrets.token_urlsafe(length)[:length]
