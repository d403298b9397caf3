"""api.weixin.qq.com as a mini program's server uses it.

Pages: developers.weixin.qq.com/miniprogram/dev/server/API/ (user-login, phone-number, qrcode-link,
mp-message-management, mp-access-token).
"""

import base64
import re
import secrets
from typing import Any

from werkzeug.wrappers import Response

from . import codes, messages, people, tokens
from .answers import json_response, ok, page, qr_png
from .context import Call, Json
from .errors import ApiRefusal
from .store import Row
from .subscribe_rules import check_data

_LOGINS_PER_MINUTE = 100
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[0-9A-Za-z_\-/]{1,128}")
_ENV_VERSIONS = ("release", "trial", "develop")
_LINK_MAX_DAYS = 30


def jscode2session(call: Call) -> Response:
    """GET /sns/jscode2session: with the unionid where the app gets to know it"""
    _check_app(call, call.query("appid"), call.query("secret"))
    if call.query("grant_type") != "authorization_code":
        raise ApiRefusal(40002, "invalid grant_type")
    with call.store.transaction():
        code = codes.find(call.store, codes.JS_CODE, call.query("js_code"), call.now)
        if code is None:
            raise ApiRefusal(40029, "invalid code")
        if code["used_at"] is not None:
            raise ApiRefusal(40163, "code been used")
        if codes.used_since(call.store, codes.JS_CODE, code["subject"], call.now - 60) >= _LOGINS_PER_MINUTE:
            raise ApiRefusal(45011, "api minute-quota reach limit")
        codes.use(call.store, code["code"], call.now)
        customer = _customer(call, code["subject"])
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    known = {"unionid": customer["unionid"]} if customer["app_knows"] else {}
    return json_response({"openid": customer["openid"], "session_key": session_key, **known})


def stable_token(call: Call) -> Response:
    """POST /cgi-bin/stable_token"""
    body = call.body()
    if body.get("grant_type") != "client_credential":
        raise ApiRefusal(40002, "invalid grant_type")
    _check_app(call, body.get("appid"), body.get("secret"))
    make = tokens.forced_token if body.get("force_refresh") is True else tokens.stable_token
    token = make(call.store, call.now)
    return json_response({"access_token": token["token"], "expires_in": tokens.seconds_left(token, call.now)})


def getuserphonenumber(call: Call) -> Response:
    """POST /wxa/business/getuserphonenumber"""
    body = call.body()
    with call.store.transaction():
        code = codes.find(call.store, codes.PHONE_CODE, str(body.get("code", "")), call.now)
        if code is None or code["used_at"] is not None:
            raise ApiRefusal(40029, "invalid code")
        if body.get("openid") not in (None, code["subject"]):
            raise ApiRefusal(40003, "invalid openid")
        codes.use(call.store, code["code"], call.now)
        phone = _customer(call, code["subject"])["phone"]
    watermark = {"timestamp": int(call.now), "appid": call.keys.appid}
    numbers = {"phoneNumber": phone, "purePhoneNumber": phone, "countryCode": "86"}
    return ok(phone_info={**numbers, "watermark": watermark})


def send_subscribe_message(call: Call) -> Response:
    """POST /cgi-bin/message/subscribe/send"""
    body = call.body()
    openid = str(body.get("touser", ""))
    if people.by_openid(call.store, openid) is None:
        raise ApiRefusal(40003, "invalid openid")
    template_id = body.get("template_id")
    if not isinstance(template_id, str) or not re.fullmatch(r"[0-9A-Za-z_\-]{1,64}", template_id):
        raise ApiRefusal(40037, "invalid template_id")
    if not re.fullmatch(r"(/?[0-9A-Za-z_\-/]+(\?[^#]*)?)?", str(body.get("page") or "")):
        raise ApiRefusal(41030, "invalid page")
    check_data(body.get("data"))
    _spend_subscription(call, openid, {name: body.get(name) for name in ("template_id", "page", "data")})
    return ok()


def generate_urllink(call: Call) -> Response:
    """POST /wxa/generate_urllink. The link opens a page of the sandbox that shows where it leads."""
    body = call.body()
    path, query = _link_target(body)
    expires_at = _link_expiry(body, call.now)
    link_id = secrets.token_urlsafe(9)
    call.store.run("INSERT INTO links VALUES(?, ?, ?, ?, ?)", link_id, path, query, _env_version(body), expires_at)
    return ok(url_link=f"{call.base_url}/l/{link_id}")


def getwxacodeunlimit(call: Call) -> Response:
    """POST /wxa/getwxacodeunlimit: PNG bytes. The code opens a page of the sandbox with page and scene."""
    body = call.body()
    scene, page_path = body.get("scene"), str(body.get("page") or "pages/index/index")
    if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
        raise ApiRefusal(40169, "invalid length for scene, or the data is not json string")
    if page_path.startswith("/") or not _PAGE.fullmatch(page_path):
        raise ApiRefusal(41030, "invalid page")
    width = body.get("width", 430)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise ApiRefusal(40097, "invalid args: width")
    _env_version(body)
    return qr_png(f"{call.base_url}/w/{page_path}?scene={scene}", width)


def open_link(call: Call) -> Response:
    """GET /l/{link_id}: what a phone would see. `Accept: application/json` gives the bare values."""
    link = call.store.one("SELECT * FROM links WHERE link_id = ?", call.args["link_id"])
    if link is None or link["expires_at"] <= call.now:
        return page("链接已过期", {}, 404)
    target = {"path": link["path"], "query": link["query"], "env_version": link["env_version"]}
    if call.request.accept_mimetypes.best == "application/json":
        return json_response(target)
    return page("在微信中打开小程序", target)


def open_code(call: Call) -> Response:
    """GET /w/{page}?scene=: where a mini program code leads."""
    return page("在微信中打开小程序", {"path": call.args["page"], "scene": call.query("scene")})


def _check_app(call: Call, appid: Any, secret: Any) -> None:
    if appid != call.keys.appid:
        raise ApiRefusal(40013, "invalid appid")
    if secret != call.keys.app_secret:
        raise ApiRefusal(40125, "invalid appsecret")


def _customer(call: Call, openid: str) -> Row:
    customer = people.by_openid(call.store, openid)
    if customer is None:
        raise ApiRefusal(40003, "invalid openid")
    return customer


def _spend_subscription(call: Call, openid: str, content: Json) -> None:
    """A one-time subscription allows one message: taken and delivered together."""
    with call.store.transaction():
        spent = call.store.run(
            "UPDATE openids SET subscriptions = subscriptions - 1 WHERE openid = ? AND subscriptions > 0",
            openid,
        )
        if not spent:
            raise ApiRefusal(43101, "user refuse to accept the msg")
        messages.record(call.store, call.now, messages.SUBSCRIBE_MESSAGE, content, openid=openid)


def _link_target(body: Json) -> tuple[str, str]:
    path, query = str(body.get("path") or ""), str(body.get("query") or "")
    if path and not _PAGE.fullmatch(path):
        raise ApiRefusal(40165, "invalid weapp pagepath")
    if len(query) > 1024:
        raise ApiRefusal(40212, "invalid query")
    return path, query


def _link_expiry(body: Json, now: float) -> float:
    if body.get("expire_type", 0) == 1:
        days = body.get("expire_interval")
        if not isinstance(days, int) or not 1 <= days <= _LINK_MAX_DAYS:
            raise ApiRefusal(85402, "invalid expire_interval")
        return now + days * 86400
    moment = body.get("expire_time") or now + _LINK_MAX_DAYS * 86400
    if not isinstance(moment, int | float) or not now + 60 <= moment <= now + _LINK_MAX_DAYS * 86400:
        raise ApiRefusal(85401, "invalid expire_time")
    return float(moment)


def _env_version(body: Json) -> str:
    version = body.get("env_version") or "release"
    if version not in _ENV_VERSIONS:
        raise ApiRefusal(40097, "invalid args: env_version")
    return str(version)
