"""Controls that make people and the codes they would get in WeChat."""

import re

from werkzeug.wrappers import Response

from . import codes, people
from .answers import json_response
from .context import Call, Json
from .control_fields import (
    customer_by_external_userid,
    customer_by_openid,
    fields,
    flag,
    number,
    staff_member,
    text,
)
from .errors import ControlRefusal
from .store import Row


def add_customer(call: Call) -> Response:
    """POST /_control/customers {"phone"?, "name"?, "unionid"?: null|"given", "same_person_as"?: openid, "oa"?: true}

    `unionid` null: neither the app nor the corp gets to know it, until /_control/reveal-unionid.
    `same_person_as`: one more openid of that person, who keeps phone, unionid and external_userid; `unionid` then
    says whether the app gets to know it by this openid. `oa`: the person follows the official account.
    """
    body = fields(call, "phone", "name", "unionid", "same_person_as", "oa")
    told, follows = _unionid_told(call.body()), flag(body, "oa", False)
    with call.store.transaction():
        external_userid = _same_person(call, body) if "same_person_as" in body else _new_person(call, body, told)
        openid = people.add_openid(call.store, external_userid, unionid_told=told)
        if follows:
            people.follow_official_account(call.store, external_userid)
    return json_response(_customer(customer_by_openid(call, {"openid": openid})))


def reveal_unionid(call: Call) -> Response:
    """POST /_control/reveal-unionid {"external_userid"}: the corp is bound from now on

    externalcontact/get and groupchat/get tell the unionid, and code2Session at the next login.
    """
    person = customer_by_external_userid(call, fields(call, "external_userid"))
    people.reveal_unionid(call.store, person["external_userid"])
    return json_response({"external_userid": person["external_userid"], "unionid": person["unionid"]})


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
    call.store.run("UPDATE openids SET subscriptions = subscriptions + ? WHERE openid = ?", times, customer["openid"])
    left = call.store.number("SELECT subscriptions FROM openids WHERE openid = ?", customer["openid"])
    return json_response({"openid": customer["openid"], "times": times, "left": left})


def add_staff_code(call: Call) -> Response:
    """POST /_control/staff-codes {"userid"}, or {"openid"} for a visitor: what the OAuth redirect would carry"""
    body = fields(call, "userid", "openid")
    subject = customer_by_openid(call, body)["openid"] if "openid" in body else staff_member(call, body)["userid"]
    return json_response({"code": codes.issue(call.store, codes.STAFF_CODE, subject, call.now)})


def _unionid_told(body: Json) -> bool:
    """The field may be absent (given), "given" or null: an explicit null means something here."""
    asked = body.get("unionid", "given")
    if asked not in (None, "given"):
        raise ControlRefusal('unionid: null or "given" is needed')
    return asked is not None


def _new_person(call: Call, body: Json, told: bool) -> str:
    phone = text(body, "phone", "")
    if phone and not re.fullmatch(r"1\d{10}", phone):
        raise ControlRefusal("phone: 11 digits that begin with 1 are needed")
    return people.add_person(call.store, phone or None, text(body, "name", "") or None, unionid_told=told)


def _same_person(call: Call, body: Json) -> str:
    first = customer_by_openid(call, body, "same_person_as")
    for name in ("phone", "name"):
        if name in body and body[name] != first[name]:
            raise ControlRefusal(f"{name}: the same person has the same {name}")
    return str(first["external_userid"])


def _customer(row: Row) -> Json:
    names = ("openid", "phone", "external_userid", "name")
    follower = {"oa_openid": row["oa_openid"]} if row["oa_openid"] else {}
    return {**{name: row[name] for name in names}, "unionid": row["unionid"] if row["app_knows"] else None, **follower}
