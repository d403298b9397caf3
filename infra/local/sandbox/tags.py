"""Corp tags, and marking customers with them (a mark belongs to one follower). Pages 92117 and 92118."""

import json
import secrets
from typing import Any

from werkzeug.wrappers import Response

from .answers import ok
from .contacts import relation
from .context import Call, Json
from .errors import ApiRefusal
from .store import Row, Store
from .wecom_fields import invalid, strings, text

_LONGEST_NAME = 30
_MOST_TAGS = 3000


def add_corp_tag(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/add_corp_tag: 40071 when the group has the name already."""
    body = call.body()
    asked = body.get("tag")
    if not isinstance(asked, list) or not asked or not all(isinstance(tag, dict) for tag in asked):
        raise invalid("tag")
    with call.store.transaction():
        if call.store.number("SELECT count(*) FROM tags") + len(asked) > _MOST_TAGS:
            raise invalid("tag", f"more than {_MOST_TAGS} in the corp")
        group_id = _group(call, body)
        made = [_add_tag(call, group_id, tag) for tag in asked]
        group = call.store.one("SELECT * FROM tag_groups WHERE group_id = ?", group_id)
    assert group is not None
    return ok(tag_group=_present_group(group, made))


def get_corp_tag_list(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/get_corp_tag_list: all, or those of the given tags or groups"""
    body = call.body()
    tag_ids = strings(body, "tag_id", most=1000, required=False)
    group_ids = strings(body, "group_id", most=1000, required=False)
    answer = []
    for group in call.store.all("SELECT * FROM tag_groups ORDER BY position DESC, created_at, group_id"):
        tags = call.store.all(
            "SELECT * FROM tags WHERE group_id = ? ORDER BY position DESC, created_at, tag_id", group["group_id"]
        )
        if tag_ids:
            tags = [tag for tag in tags if tag["tag_id"] in tag_ids]
        elif group_ids and group["group_id"] not in group_ids:
            tags = []
        if tags:
            answer.append(_present_group(group, tags))
    return ok(tag_group=answer)


def del_corp_tag(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/del_corp_tag: a group goes with its last tag"""
    body = call.body()
    tag_ids = strings(body, "tag_id", most=1000, required=False)
    group_ids = strings(body, "group_id", most=1000, required=False)
    if not tag_ids and not group_ids:
        raise invalid("tag_id", "or group_id needed")
    with call.store.transaction():
        _require_tags(call.store, tag_ids)
        call.store.run(
            "DELETE FROM tags WHERE tag_id IN (SELECT value FROM json_each(?))"
            " OR group_id IN (SELECT value FROM json_each(?))", json.dumps(tag_ids), json.dumps(group_ids),
        )  # fmt: skip
        call.store.run("DELETE FROM contact_tags WHERE tag_id NOT IN (SELECT tag_id FROM tags)")
        call.store.run("DELETE FROM tag_groups WHERE group_id NOT IN (SELECT group_id FROM tags)")
    return ok()


def mark_tag(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/mark_tag: 84061 without a relation, 40068 for an unknown tag"""
    body = call.body()
    pair = (text(body, "external_userid", longest=64), text(body, "userid", longest=64))
    added = strings(body, "add_tag", most=1000, required=False)
    removed = strings(body, "remove_tag", most=1000, required=False)
    if not added and not removed:
        raise invalid("add_tag", "or remove_tag needed")
    with call.store.transaction():
        relation(call.store, *pair)
        _require_tags(call.store, added + removed)
        for tag_id in added:
            call.store.run("INSERT OR IGNORE INTO contact_tags VALUES(?, ?, ?)", *pair, tag_id)
        for tag_id in removed:
            call.store.run(
                "DELETE FROM contact_tags WHERE external_userid = ? AND userid = ? AND tag_id = ?", *pair, tag_id
            )
    return ok()


def _group(call: Call, body: Json) -> str:
    """The group that is named, made when it is new."""
    group_id = text(body, "group_id", longest=64, default="")
    if group_id:
        if call.store.one("SELECT 1 FROM tag_groups WHERE group_id = ?", group_id) is None:
            raise ApiRefusal(40068, "invalid tagid")
        return group_id
    name = text(body, "group_name", longest=_LONGEST_NAME)
    known = call.store.one("SELECT group_id FROM tag_groups WHERE name = ?", name)
    if known:
        return str(known["group_id"])
    group_id = "et" + secrets.token_urlsafe(22)
    call.store.run("INSERT INTO tag_groups VALUES(?, ?, ?, ?)", group_id, name, _order(body), call.now)
    return group_id


def _add_tag(call: Call, group_id: str, tag: dict[str, Any]) -> Row:
    name = text(tag, "name", longest=_LONGEST_NAME)
    if call.store.one("SELECT 1 FROM tags WHERE group_id = ? AND name = ?", group_id, name):
        raise ApiRefusal(40071, "tag name already exists")
    tag_id = "et" + secrets.token_urlsafe(22)
    call.store.run("INSERT INTO tags VALUES(?, ?, ?, ?, ?)", tag_id, group_id, name, _order(tag), call.now)
    row = call.store.one("SELECT * FROM tags WHERE tag_id = ?", tag_id)
    assert row is not None
    return row


def _order(fields: Json) -> int:
    value = fields.get("order", 0)
    if not isinstance(value, int) or not 0 <= value < 2**32:
        raise invalid("order")
    return value


def _require_tags(store: Store, tag_ids: list[str]) -> None:
    for tag_id in tag_ids:
        if store.one("SELECT 1 FROM tags WHERE tag_id = ?", tag_id) is None:
            raise ApiRefusal(40068, "invalid tagid")


def _present_group(group: Row, tags: list[Row]) -> Json:
    return {
        "group_id": group["group_id"],
        "group_name": group["name"],
        "create_time": int(group["created_at"]),
        "order": group["position"],
        "tag": [
            {"id": tag["tag_id"], "name": tag["name"], "create_time": int(tag["created_at"]), "order": tag["position"]}
            for tag in tags
        ],
    }
