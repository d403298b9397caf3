"""Customers as staff see them, and the welcome message. Pages 92113, 92114, 92994, 92137."""

import json
from collections import defaultdict

from werkzeug.wrappers import Response

from . import messages, people
from .answers import ok
from .context import Call, Json
from .customer_content import checked_content
from .errors import ApiRefusal
from .store import Row, Store
from .wecom_fields import limit, offset, paged, staff_member, strings, text

_WELCOME_SECONDS = 20
_FOLLOWERS_PER_PAGE = 500


def get_contact(call: Call) -> Response:
    """GET /cgi-bin/externalcontact/get: 40096 for a stranger, 84061 when nobody follows the customer."""
    external_userid = call.query("external_userid")
    customer = known_customer(call.store, external_userid)
    rows = call.store.all(
        "SELECT * FROM contacts WHERE external_userid = ? ORDER BY created_at, userid", external_userid
    )
    if not rows:
        raise ApiRefusal(84061, "not external contact")
    followers, cursor = paged(rows, offset({"cursor": call.query("cursor")}), _FOLLOWERS_PER_PAGE)
    marks = _tags_by_staff(call.store, external_userid)
    follow_user = [{**_follow(row), "tags": marks[row["userid"]]} for row in followers]
    answer: Json = {"external_contact": _person(customer), "follow_user": follow_user}
    return ok(**answer, **({"next_cursor": cursor} if cursor else {}))


def list_contacts(call: Call) -> Response:
    """GET /cgi-bin/externalcontact/list: 84061 when the member has no customers."""
    member = staff_member(call.store, call.query("userid"))
    rows = call.store.all("SELECT external_userid FROM contacts WHERE userid = ? ORDER BY created_at", member["userid"])
    if not rows:
        raise ApiRefusal(84061, "not external contact")
    return ok(external_userid=[row["external_userid"] for row in rows])


def batch_get_by_user(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/batch/get_by_user: tags as ids only."""
    body = call.body()
    wanted = [staff_member(call.store, userid)["userid"] for userid in strings(body, "userid_list", most=100)]
    start, size = offset(body), limit(body, "limit", 100)
    rows = call.store.all(
        "SELECT c.*, k.unionid, k.name, k.corp_knows FROM contacts c"
        " JOIN people k ON k.external_userid = c.external_userid"
        " WHERE c.userid IN (SELECT value FROM json_each(?))"
        " ORDER BY c.userid, c.created_at, c.external_userid LIMIT ? OFFSET ?",
        json.dumps(wanted), size + 1, start,
    )  # fmt: skip
    found, more = paged(rows, 0, size)
    cursor = str(start + size) if more else ""
    return ok(external_contact_list=[_batch_entry(call.store, row) for row in found], next_cursor=cursor)


def send_welcome_msg(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/send_welcome_msg: within 20 s (41050), once (41051)."""
    body = call.body()
    content = checked_content(body)
    with call.store.transaction():
        code = call.store.one("SELECT * FROM welcome_codes WHERE code = ?", text(body, "welcome_code", longest=512))
        if code is None or call.now - code["created_at"] > _WELCOME_SECONDS:
            raise ApiRefusal(41050, "invalid welcome code")
        if code["used_at"] is not None:
            raise ApiRefusal(41051, "chat already begun")
        call.store.run("UPDATE welcome_codes SET used_at = ? WHERE code = ?", call.now, code["code"])
        messages.record(
            call.store, call.now, messages.WELCOME, content,
            external_userid=code["external_userid"], userid=code["userid"],
        )  # fmt: skip
    return ok()


def known_customer(store: Store, external_userid: str) -> Row:
    """The customer's row; 40096 for a stranger."""
    row = people.by_external_userid(store, external_userid)
    if row is None:
        raise ApiRefusal(40096, "invalid external userid")
    return row


def relation(store: Store, external_userid: str, userid: str) -> Row:
    """The relation's row; 40096 for a stranger, 84061 without a relation. One-way relations count."""
    known_customer(store, external_userid)
    row = store.one("SELECT * FROM contacts WHERE external_userid = ? AND userid = ?", external_userid, userid)
    if row is None:
        raise ApiRefusal(84061, "not external contact")
    return row


def _person(customer: Row) -> Json:
    known = {"unionid": customer["unionid"]} if customer["corp_knows"] else {}
    return {
        "external_userid": customer["external_userid"],
        "name": customer["name"],
        "avatar": "",
        "type": 1,
        "gender": 0,
        **known,
    }


def _follow(row: Row) -> Json:
    return {
        "userid": row["userid"],
        "remark": "",
        "description": "",
        "createtime": int(row["created_at"]),
        "remark_mobiles": [],
        "state": row["state"],
        "add_way": row["add_way"],
        "oper_userid": row["external_userid"],
    }


def _batch_entry(store: Store, row: Row) -> Json:
    marks = store.all(
        "SELECT tag_id FROM contact_tags WHERE external_userid = ? AND userid = ? ORDER BY tag_id",
        row["external_userid"], row["userid"],
    )  # fmt: skip
    follow_info = {**_follow(row), "tag_id": [mark["tag_id"] for mark in marks]}
    return {"external_contact": _person(row), "follow_info": follow_info}


def _tags_by_staff(store: Store, external_userid: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    rows = store.all(
        "SELECT m.userid, t.tag_id, t.name, g.name AS group_name FROM contact_tags m"
        " JOIN tags t ON t.tag_id = m.tag_id JOIN tag_groups g ON g.group_id = t.group_id"
        " WHERE m.external_userid = ? ORDER BY t.tag_id", external_userid,
    )  # fmt: skip
    for row in rows:
        tag = {"group_name": row["group_name"], "tag_name": row["name"], "tag_id": row["tag_id"], "type": 1}
        found[row["userid"]].append(tag)
    return found
