"""qyapi.weixin.qq.com: tokens, tickets, staff login, staff messages. Pages 91039, 91023, 90506, 90236."""

import secrets

from werkzeug.wrappers import Response

from . import codes, messages, people, tokens
from .answers import ok
from .context import Call, Json
from .errors import ApiRefusal
from .wecom_fields import invalid

_MOST_RECEIVERS = 1000
_REPEAT_SECONDS = 1800
_LONGEST_REPEAT_SECONDS = 4 * 3600
_MESSAGE_TYPES = (
    "text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown",
    "miniprogram_notice", "template_card",
)  # fmt: skip


def gettoken(call: Call) -> Response:
    """GET /cgi-bin/gettoken: the same token while it is valid."""
    if call.query("corpid") != call.keys.corp_id:
        raise ApiRefusal(40013, "invalid corpid")
    if call.query("corpsecret") != call.keys.corp_secret:
        raise ApiRefusal(40001, "invalid credential")
    token = tokens.shared_token(call.store, tokens.WECOM, call.now)
    return ok(access_token=token["token"], expires_in=tokens.seconds_left(token, call.now))


def get_jsapi_ticket(call: Call) -> Response:
    """GET /cgi-bin/get_jsapi_ticket: for wx.config"""
    return _ticket(call, tokens.JSAPI_TICKET)


def get_agent_ticket(call: Call) -> Response:
    """GET /cgi-bin/ticket/get?type=agent_config: for wx.agentConfig"""
    if call.query("type") != "agent_config":
        raise invalid("type")
    return _ticket(call, tokens.AGENT_TICKET)


def getuserinfo(call: Call) -> Response:
    """GET /cgi-bin/auth/getuserinfo: a code works once, for five minutes."""
    with call.store.transaction():
        code = codes.find(call.store, codes.STAFF_CODE, call.query("code"), call.now)
        if code is None or code["used_at"] is not None:
            raise ApiRefusal(40029, "invalid code")
        codes.use(call.store, code["code"], call.now)
        visitor = people.by_openid(call.store, code["subject"])
    if visitor:
        return ok(openid=visitor["openid"], external_userid=visitor["external_userid"])
    return ok(userid=code["subject"], user_ticket=secrets.token_urlsafe(32))


def send_message(call: Call) -> Response:
    """POST /cgi-bin/message/send: 81013 only when nobody is left; look at `invaliduser`."""
    body = call.body()
    if str(body.get("agentid")) != str(call.keys.agent_id):
        raise ApiRefusal(301002, "not allow operate another agent with this accesstoken")
    kind = body.get("msgtype")
    if kind not in _MESSAGE_TYPES or not isinstance(body.get(kind), dict):
        raise invalid("msgtype")
    known, unknown = _receivers(call, body)
    content, repeats_from = {"msgtype": kind, kind: body[kind]}, _repeats_from(call, body)
    msgid = secrets.token_urlsafe(24)
    with call.store.transaction():
        for userid in known:
            if messages.staff_had(call.store, userid, content, repeats_from):
                continue
            messages.record(call.store, call.now, messages.STAFF_MESSAGE, content, userid=userid, msgid=msgid)
    return ok(invaliduser="|".join(unknown), invalidparty="", invalidtag="", msgid=msgid)


def _ticket(call: Call, kind: str) -> Response:
    ticket = tokens.shared_token(call.store, kind, call.now)
    return ok(ticket=ticket["token"], expires_in=tokens.seconds_left(ticket, call.now))


def _repeats_from(call: Call, body: Json) -> float:
    """Since when the same message counts as a repeat that is silently dropped; now, unless that was asked for."""
    if body.get("enable_duplicate_check") != 1:
        return call.now
    interval = body.get("duplicate_check_interval", _REPEAT_SECONDS)
    if not isinstance(interval, int) or not 0 < interval <= _LONGEST_REPEAT_SECONDS:
        raise invalid("duplicate_check_interval")
    return call.now - interval


def _receivers(call: Call, body: Json) -> tuple[list[str], list[str]]:
    active = {row["userid"] for row in call.store.all("SELECT userid FROM staff WHERE active = 1")}
    asked = [name for name in str(body.get("touser") or "").split("|") if name]
    if len(asked) > _MOST_RECEIVERS:
        raise ApiRefusal(81017, "too many receivers")
    if asked == ["@all"]:
        asked = sorted(active)
    known = [name for name in asked if name in active]
    if not known:
        raise ApiRefusal(81013, "user & party & tag all invalid")
    return known, [name for name in asked if name not in active]
