"""Handing customers over to another member, on the job or after resigning. Pages 92125, 94088, 92124, 94081."""

from datetime import timedelta

from werkzeug.wrappers import Response

from . import people
from .answers import ok
from .context import Call, Json
from .store import Row, Store
from .wecom_fields import invalid, limit, offset, paged, staff_member, strings, text

DONE, WAITING, REFUSED, AT_LIMIT = 1, 2, 3, 4
_ACCEPTED_AFTER = timedelta(hours=24).total_seconds()
_COUNTED = timedelta(days=90).total_seconds()
_MOST_HANDOVERS = 2
_ADMIN_ASSIGNED = 202


def transfer_customer(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/transfer_customer: the errcode of each customer is in the list"""
    text(call.body(), "transfer_success_msg", longest=200, default="")
    return _transfer(call, resigned=False)


def transfer_resigned_customer(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/resigned/transfer_customer: 40097 while the member still works here"""
    return _transfer(call, resigned=True)


def transfer_result(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/transfer_result"""
    return _result(call, resigned=False)


def transfer_resigned_result(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/resigned/transfer_result"""
    return _result(call, resigned=True)


def get_unassigned_list(call: Call) -> Response:
    """POST /cgi-bin/externalcontact/get_unassigned_list: customers of those who left"""
    body = call.body()
    rows = call.store.all(
        "SELECT c.userid, c.external_userid, s.resigned_at FROM contacts c JOIN staff s ON s.userid = c.userid"
        " WHERE s.resigned_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM handovers h WHERE h.status = 2"
        " AND h.external_userid = c.external_userid AND h.handover_userid = c.userid)"
        " ORDER BY s.resigned_at DESC, c.userid, c.external_userid"
    )
    found, cursor = paged(rows, offset(body), limit(body, "page_size", 1000))
    info = [
        {
            "handover_userid": row["userid"],
            "external_userid": row["external_userid"],
            "dimission_time": int(row["resigned_at"]),
        }
        for row in found
    ]
    return ok(info=info, is_last=not cursor, next_cursor=cursor)


def settle_due(store: Store, now: float) -> None:
    """What the customer did not refuse within 24 hours is done."""
    overdue = "SELECT * FROM handovers WHERE status = 2 AND created_at <= ?"
    with store.transaction():
        for row in store.all(overdue, now - _ACCEPTED_AFTER):
            finish(store, row, DONE, now)


def finish(store: Store, handover: Row, status: int, now: float) -> None:
    """End a waiting handover; when it is done the customer has the new follower instead of the old one."""
    customer, old, new = (handover[name] for name in ("external_userid", "handover_userid", "takeover_userid"))
    with store.transaction():
        store.run("UPDATE handovers SET status = ? WHERE id = ?", status, handover["id"])
        if status != DONE:
            return
        store.run("DELETE FROM contacts WHERE external_userid = ? AND userid = ?", customer, old)
        store.run("DELETE FROM contact_tags WHERE external_userid = ? AND userid = ?", customer, old)
        store.run("INSERT OR REPLACE INTO contacts VALUES(?, ?, '', ?, ?, 0)", customer, new, _ADMIN_ASSIGNED, now)


def _transfer(call: Call, *, resigned: bool) -> Response:
    body = call.body()
    handover = staff_member(call.store, body.get("handover_userid"))
    takeover = staff_member(call.store, body.get("takeover_userid"))
    if handover["userid"] == takeover["userid"]:
        raise invalid("takeover_userid", "is the handover_userid")
    answer = []
    with call.store.transaction():
        for customer in strings(body, "external_userid", most=100):
            errcode = _obstacle(call, customer, handover, takeover, resigned=resigned)
            if errcode == 0:
                _begin(call, customer, handover, takeover, resigned=resigned)
            answer.append({"external_userid": customer, "errcode": errcode})
    return ok(customer=answer)


def _obstacle(call: Call, customer: str, handover: Row, takeover: Row, *, resigned: bool) -> int:
    """The errcode that stands in the way of this customer's handover, or 0."""
    store, old = call.store, handover["userid"]
    if resigned and handover["resigned_at"] is None:
        return 40097
    if not takeover["active"] or not takeover["real_name"]:
        return 40098
    if people.by_external_userid(store, customer) is None:
        return 40096
    if store.one("SELECT 1 FROM contacts WHERE external_userid = ? AND userid = ?", customer, old) is None:
        return 40131
    if store.one("SELECT 1 FROM handovers WHERE external_userid = ? AND status = 2", customer):
        return 40129
    recent = "SELECT count(*) FROM handovers WHERE external_userid = ? AND resigned = 0 AND created_at > ?"
    if not resigned and store.number(recent, customer, call.now - _COUNTED) >= _MOST_HANDOVERS:
        return 40128
    return 0


def _begin(call: Call, customer: str, handover: Row, takeover: Row, *, resigned: bool) -> None:
    call.store.run(
        "INSERT INTO handovers(external_userid, handover_userid, takeover_userid, resigned, status, created_at)"
        " VALUES(?, ?, ?, ?, ?, ?)",
        customer, handover["userid"], takeover["userid"], resigned, WAITING, call.now,
    )  # fmt: skip


def _result(call: Call, *, resigned: bool) -> Response:
    body = call.body()
    settle_due(call.store, call.now)
    rows = call.store.all(
        "SELECT * FROM handovers WHERE handover_userid = ? AND takeover_userid = ? AND resigned = ? ORDER BY id",
        str(body.get("handover_userid")), str(body.get("takeover_userid")), resigned,
    )  # fmt: skip
    latest: dict[str, Json] = {row["external_userid"]: _present(call.store, row) for row in rows}
    found, cursor = paged(list(latest.values()), offset(body), 1000)
    return ok(customer=found, next_cursor=cursor)


def _present(store: Store, row: Row) -> Json:
    return {
        "external_userid": row["external_userid"],
        "status": row["status"],
        "takeover_time": int(_takeover_time(store, row)),
    }


def _takeover_time(store: Store, row: Row) -> float:
    """When the customer went over; of a waiting one, when they will by themselves."""
    if row["status"] != DONE:
        return float(row["created_at"]) + _ACCEPTED_AFTER
    began = "SELECT created_at FROM contacts WHERE external_userid = ? AND userid = ?"
    contact = store.one(began, row["external_userid"], row["takeover_userid"])
    return float(contact["created_at"] if contact else row["created_at"])
