"""Mass messages (企业群发): created by the app, sent only when each staff member confirms. Pages 92135, 93338."""

import calendar
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.wrappers import Response

from . import messages
from .answers import ok
from .context import Call, Json
from .customer_content import checked_content
from .errors import ApiRefusal
from .store import Row, Store
from .wecom_fields import invalid, limit, offset, paged, staff_member, strings, text

UNSENT, SENT, NOT_A_FRIEND, HAD_ENOUGH = 0, 1, 2, 3
_TASK_UNSENT, _TASK_SENT = 0, 2
_MOST_CUSTOMERS = 10_000
_BEIJING = timedelta(hours=8)


def add_msg_template(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/add_msg_template: 41048 when nobody can be sent to"""
    body = call.body()
    if body.get("chat_type", "single") != "single":
        raise invalid("chat_type", "group: the sandbox has no group chats")
    content = checked_content(body)
    asked = strings(body, "external_userid", most=_MOST_CUSTOMERS, required=False)
    sender = text(body, "sender", longest=64, default="")
    if sender:
        staff_member(call.store, sender)
    if not asked and not sender:
        raise invalid("sender", "needed without external_userid")
    with call.store.transaction():
        targets = _targets(call.store, asked, sender, body.get("tag_filter"))
        if not targets:
            raise ApiRefusal(41048, "no customer to send")
        msgid = _create(call, content, targets)
    return ok(fail_list=[customer for customer in asked if customer not in targets], msgid=msgid)


def get_groupmsg_task(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/get_groupmsg_task: which members confirmed"""
    body = call.body()
    rows = call.store.all(
        "SELECT userid, min(status) AS lowest, max(sent_at) AS sent_at FROM mass_targets"
        " WHERE msgid = ? GROUP BY userid ORDER BY userid", _known(call.store, body),
    )  # fmt: skip
    found, cursor = paged([_present_task(row) for row in rows], offset(body), limit(body, "limit", 1000))
    return ok(task_list=found, next_cursor=cursor)


def get_groupmsg_send_result(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/get_groupmsg_send_result: what became of each customer"""
    body = call.body()
    rows = call.store.all(
        "SELECT * FROM mass_targets WHERE msgid = ? AND userid = ? ORDER BY external_userid",
        _known(call.store, body), text(body, "userid", longest=64),
    )  # fmt: skip
    found, cursor = paged([_present_target(row) for row in rows], offset(body), limit(body, "limit", 1000))
    return ok(send_list=found, next_cursor=cursor)


def cancel_groupmsg_send(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/cancel_groupmsg_send: what is not confirmed yet never will be"""
    call.store.run("UPDATE mass SET cancelled = 1 WHERE msgid = ?", _known(call.store, call.body()))
    return ok()


def confirm(store: Store, msgid: str, userid: str | None, now: float) -> tuple[list[str], int]:
    """The members press send (one, or all that have not): who did, and how many messages arrived."""
    with store.transaction():
        rows = store.all(
            "SELECT * FROM mass_targets WHERE msgid = ? AND status = 0 AND (? IS NULL OR userid = ?)"
            " ORDER BY userid, external_userid", msgid, userid, userid,
        )  # fmt: skip
        content = store.one("SELECT content FROM mass WHERE msgid = ?", msgid)
        assert content is not None
        statuses = [_send(store, row, json.loads(content["content"]), now) for row in rows]
    return sorted({row["userid"] for row in rows}), statuses.count(SENT)


def _targets(store: Store, asked: list[str], sender: str, tag_filter: Any) -> dict[str, str]:
    """Customer → the member who sends: the given one, or whoever became a contact last."""
    rows = store.all(
        "SELECT external_userid, userid FROM contacts WHERE (? = '' OR userid = ?)"
        " AND (? = 0 OR external_userid IN (SELECT value FROM json_each(?)))"
        " ORDER BY one_way DESC, created_at, userid", sender, sender, len(asked), json.dumps(asked),
    )  # fmt: skip
    chosen = {row["external_userid"]: row["userid"] for row in rows}
    if asked or not tag_filter:
        return chosen
    groups = [set(strings(group, "tag_list", most=100)) for group in _groups(tag_filter)]
    return {customer: userid for customer, userid in chosen.items() if _bears(store, customer, userid, groups)}


def _groups(tag_filter: Any) -> list[Json]:
    groups = tag_filter.get("group_list") if isinstance(tag_filter, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise invalid("tag_filter")
    return groups


def _bears(store: Store, customer: str, userid: str, groups: list[set[str]]) -> bool:
    """A tag of every group."""
    rows = store.all("SELECT tag_id FROM contact_tags WHERE external_userid = ? AND userid = ?", customer, userid)
    own = {row["tag_id"] for row in rows}
    return all(own & group for group in groups)


def _create(call: Call, content: Json, targets: dict[str, str]) -> str:
    msgid = "msg" + secrets.token_urlsafe(24)
    call.store.run("INSERT INTO mass VALUES(?, ?, ?, 0)", msgid, json.dumps(content, ensure_ascii=False), call.now)
    for customer, userid in targets.items():
        call.store.run("INSERT INTO mass_targets VALUES(?, ?, ?, 0, NULL)", msgid, userid, customer)
    return msgid


def _send(store: Store, target: Row, content: Json, now: float) -> int:
    status = _outcome(store, target, now)
    store.run(
        "UPDATE mass_targets SET status = ?, sent_at = ? WHERE msgid = ? AND userid = ? AND external_userid = ?",
        status, now, target["msgid"], target["userid"], target["external_userid"],
    )  # fmt: skip
    if status == SENT:
        receiver = {"external_userid": target["external_userid"], "userid": target["userid"]}
        messages.record(store, now, messages.MASS, content, msgid=target["msgid"], **receiver)
    return status


def _outcome(store: Store, target: Row, now: float) -> int:
    friend = store.one(
        "SELECT 1 FROM contacts WHERE external_userid = ? AND userid = ? AND one_way = 0",
        target["external_userid"], target["userid"],
    )  # fmt: skip
    if friend is None:
        return NOT_A_FRIEND
    since, most = _month(now)
    had = store.number(
        "SELECT count(*) FROM mass_targets WHERE external_userid = ? AND status = 1 AND sent_at >= ?",
        target["external_userid"], since,
    )  # fmt: skip
    return SENT if had < most else HAD_ENOUGH


def _month(now: float) -> tuple[float, int]:
    """When this month began in China, and its days: as many mass messages a customer may get in it."""
    local = datetime.fromtimestamp(now, UTC) + _BEIJING
    begin = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - _BEIJING
    return begin.timestamp(), calendar.monthrange(local.year, local.month)[1]


def _known(store: Store, body: Json) -> str:
    msgid = text(body, "msgid", longest=128)
    if store.one("SELECT 1 FROM mass WHERE msgid = ?", msgid) is None:
        raise invalid("msgid", "not found")
    return msgid


def _present_task(row: Row) -> Json:
    done = row["lowest"] != UNSENT
    task = {"userid": row["userid"], "status": _TASK_SENT if done else _TASK_UNSENT}
    return {**task, "send_time": int(row["sent_at"])} if done else task


def _present_target(row: Row) -> Json:
    names = ("external_userid", "userid", "status")
    result = {name: row[name] for name in names}
    return {**result, "send_time": int(row["sent_at"])} if row["status"] == SENT else result
