"""Customer groups (客户群). Pages 92120 and 92122."""

import secrets
from typing import Any

from werkzeug.wrappers import Response

from .answers import ok
from .context import Call, Json
from .errors import ApiRefusal
from .store import Row, Store
from .wecom_fields import invalid, limit, offset, strings, text

_NOT_A_GROUP = 90501
_STAFF, _CUSTOMER = 1, 2
_BY_QR_CODE = 3


def get_group(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/groupchat/get: 90501 for what is no customer group"""
    row = known_group(call.store, text(call.body(), "chat_id", longest=64))
    return ok(group_chat=_present(call.store, row))


def list_groups(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/groupchat/list: open groups, of the owners asked for"""
    body = call.body()
    owners = _owners(body)
    start, size = offset(body), limit(body, "limit", 1000)
    rows = call.store.all("SELECT * FROM groups WHERE dismissed = 0 ORDER BY created_at, chat_id")
    found = [row for row in rows if not owners or row["owner"] in owners]
    page, more = found[start : start + size], len(found) > start + size
    items = [{"chat_id": row["chat_id"], "status": 0} for row in page]
    return ok(group_chat_list=items, **({"next_cursor": str(start + size)} if more else {}))


def known_group(store: Store, chat_id: str) -> Row:
    """An open group; 90501 for anything else."""
    row = store.one("SELECT * FROM groups WHERE chat_id = ? AND dismissed = 0", chat_id)
    if row is None:
        raise ApiRefusal(_NOT_A_GROUP, "chat_id is not an external group chat")
    return row


def make(store: Store, owner: str, name: str, now: float) -> str:
    """A new group; its chat_id."""
    chat_id = "wr" + secrets.token_urlsafe(30)[:30]
    store.run("INSERT INTO groups(chat_id, name, owner, created_at) VALUES(?, ?, ?, ?)", chat_id, name, owner, now)
    return chat_id


def _owners(body: Json) -> list[str]:
    chosen = body.get("owner_filter") or {}
    if not isinstance(chosen, dict):
        raise invalid("owner_filter")
    return strings(chosen, "userid_list", most=100, required=False)


def _present(store: Store, row: Row) -> Json:
    staff: list[Any] = [
        {
            "userid": row["owner"],
            "type": _STAFF,
            "join_time": int(row["created_at"]),
            "join_scene": 1,
        }
    ]
    joined = store.all(
        "SELECT m.*, k.unionid, k.corp_knows FROM group_members m"
        " JOIN people k ON k.external_userid = m.external_userid"
        " WHERE m.chat_id = ? ORDER BY m.joined_at, m.external_userid", row["chat_id"],
    )  # fmt: skip
    return {
        "chat_id": row["chat_id"],
        "name": row["name"],
        "owner": row["owner"],
        "create_time": int(row["created_at"]),
        "notice": "",
        "member_list": staff + [_member(member) for member in joined],
        "admin_list": [],
        "member_version": str(row["version"]),
    }


def _member(row: Row) -> Json:
    known = {"unionid": row["unionid"]} if row["corp_knows"] else {}
    return {
        "userid": row["external_userid"],
        "type": _CUSTOMER,
        **known,
        "join_time": int(row["joined_at"]),
        "join_scene": _BY_QR_CODE,
        "state": row["state"],
        "group_nickname": "",
        "name": "",
    }
