"""Contact ways (渠道活码): the QR codes by which customers add staff. Pages 92572 and 96348."""

import json
import secrets
from typing import Any

from werkzeug.wrappers import Response

from .answers import ok, page, qr_png
from .context import Call, Json
from .errors import ApiRefusal
from .wecom_fields import invalid, staff_member, strings, text

_LONGEST_REMARK = 30
_LONGEST_STATE = 30
_MOST_USERS = 100
_LONGEST_TEMPORARY_SECONDS = 14 * 86400
_FLAGS = {"skip_verify": True, "mark_source": True, "is_exclusive": False, "is_temp": False}


def add_contact_way(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/add_contact_way"""
    content = _checked(call, call.body())
    config_id = secrets.token_hex(16)
    call.store.run("INSERT INTO contact_ways VALUES(?, ?, ?)", config_id, json.dumps(content), call.now)
    if content["scene"] != 2:
        return ok(config_id=config_id)
    return ok(config_id=config_id, qr_code=_qr_url(call, config_id))


def get_contact_way(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/get_contact_way"""
    config_id, content = _stored(call)
    if content["scene"] == 2:
        content["qr_code"] = _qr_url(call, config_id)
    return ok(contact_way={"config_id": config_id, **content})


def update_contact_way(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/update_contact_way: type and scene stay as they were made."""
    with call.store.transaction():
        config_id, content = _stored(call)
        changes = {name: value for name, value in call.body().items() if name not in ("type", "scene")}
        merged = _checked(call, {**content, **changes})
        call.store.run("UPDATE contact_ways SET content = ? WHERE config_id = ?", json.dumps(merged), config_id)
    return ok()


def del_contact_way(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/del_contact_way"""
    config_id, _ = _stored(call)
    call.store.run("DELETE FROM contact_ways WHERE config_id = ?", config_id)
    return ok()


def qr_image(call: Call) -> Response:
    """GET /q/{config_id}.png"""
    if call.store.one("SELECT 1 FROM contact_ways WHERE config_id = ?", call.args["config_id"]) is None:
        return page("二维码已失效", {}, 404)
    return qr_png(f"{call.base_url}/ct/{call.args['config_id']}", 430)


def open_contact_way(call: Call) -> Response:
    """GET /ct/{config_id}: what scanning the code shows."""
    row = call.store.one("SELECT content FROM contact_ways WHERE config_id = ?", call.args["config_id"])
    if row is None:
        return page("二维码已失效", {}, 404)
    content = json.loads(row["content"])
    return page("添加企业微信联系人", {"user": ", ".join(content["user"]), "state": content["state"]})


def _qr_url(call: Call, config_id: str) -> str:
    return f"{call.base_url}/q/{config_id}.png"


def _stored(call: Call) -> tuple[str, Json]:
    config_id = text(call.body(), "config_id", longest=64)
    row = call.store.one("SELECT content FROM contact_ways WHERE config_id = ?", config_id)
    if row is None:
        raise invalid("config_id", "not found")
    return config_id, json.loads(row["content"])


def _checked(call: Call, body: Json) -> Json:
    kind, scene = body.get("type"), body.get("scene")
    if kind not in (1, 2):
        raise invalid("type")
    if scene not in (1, 2):
        raise invalid("scene")
    content: Json = {
        "type": kind,
        "scene": scene,
        "remark": text(body, "remark", longest=_LONGEST_REMARK, default=""),
        "state": text(body, "state", longest=_LONGEST_STATE, default=""),
        "user": _users(call, body, kind),
        "party": body.get("party") or [],
    }
    return {**content, **_style(body, scene), **_flags(body), **_temporary(body)}


def _users(call: Call, body: Json, kind: int) -> list[str]:
    users = strings(body, "user", most=_MOST_USERS, required=kind == 1)
    if kind == 1 and len(users) != 1:
        raise invalid("user", "must have exactly one")
    if not users and not body.get("party"):
        raise invalid("user", "missing")
    for userid in users:
        member = staff_member(call.store, userid)
        if not member["active"] or not member["real_name"]:
            raise ApiRefusal(41054, "the user has not been activated or has no real name")
    return users


def _style(body: Json, scene: int) -> Json:
    if scene != 1:
        return {}
    if body.get("style", 1) not in (1, 2, 3):
        raise invalid("style")
    return {"style": body.get("style", 1)}


def _flags(body: Json) -> Json:
    flags = {name: body.get(name, default) for name, default in _FLAGS.items()}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise invalid(name)
    return flags


def _temporary(body: Json) -> Json:
    found: dict[str, Any] = {}
    for name in ("expires_in", "chat_expires_in"):
        if name in body:
            if not isinstance(body[name], int) or not 0 < body[name] <= _LONGEST_TEMPORARY_SECONDS:
                raise invalid(name)
            found[name] = body[name]
    return found
