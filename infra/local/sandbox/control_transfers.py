"""Controls that act as the receiver of a transfer, and show the ledger."""

from collections.abc import Callable

from werkzeug.wrappers import Response

from . import pay, pay_bills
from .answers import json_response
from .context import Call, Json
from .control_fields import fields, flag, number, text
from .control_settings import checked_state
from .errors import ControlRefusal
from .store import Row

_BILLS = (
    "SELECT t.*, coalesce(r.requests, 0) AS requests FROM transfers t"
    " LEFT JOIN create_requests r ON r.out_bill_no = t.out_bill_no"
)


def confirm(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/confirm: the customer takes the money"""
    return _end(call, lambda number: pay_bills.confirm(call.store, number, call.now))


def expire(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/expire: 24 h went by"""
    return _end(call, lambda number: pay_bills.expire(call.store, number, call.now))


def fail(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/fail {"fail_reason"?}"""
    reason = text(call.body(), "fail_reason", "PAYEE_ACCOUNT_ABNORMAL")
    return _end(call, lambda number: pay_bills.fail(call.store, number, reason, call.now))


def put_state(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/state {"state": "ACCEPTED|PROCESSING|WAIT_USER_CONFIRM"}

    The bill stays there until it is moved again. Nothing is notified: WeChat Pay tells of final states alone.
    """
    state = checked_state(fields(call, "state"), "state")
    bill = _bill(call)
    if not pay_bills.set_state(call.store, bill["out_bill_no"], state, call.now):
        raise _too_late(call)
    return json_response(_item(_bill(call)))


def forget(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/forget: NOT_FOUND for queries and cancellations from now on

    The number stays taken: an equal request is answered with the same bill, never with another to be paid.
    """
    fields(call)
    pay_bills.forget(call.store, _bill(call)["out_bill_no"])
    return json_response(_item(_bill(call)))


def notify_again(call: Call) -> Response:
    """POST /_control/transfers/{out_bill_no}/notify {"times"?: 1}: the same final notification once more"""
    body = fields(call, "times")
    bill = _bill(call)
    if bill["state"] not in pay_bills.FINAL:
        raise ControlRefusal(f"the bill is {bill['state']}: nothing to notify yet", 409)
    return json_response(_with_delivery(call, bill, number(body, "times", 1, 1, 100)))


def list_transfers(call: Call) -> Response:
    """GET /_control/transfers: every bill, how often it was requested, and what was really paid"""
    pay_bills.settle_due(call.store, call.now)
    rows = call.store.all(f"{_BILLS} ORDER BY t.created_at, t.out_bill_no")
    paid = call.store.number("SELECT sum(amount_fen) FROM ledger")
    return json_response({"items": [_item(row) for row in rows], "paid_fen": paid})


def _item(row: Row) -> Json:
    names = ("out_bill_no", "transfer_bill_no", "openid", "amount_fen", "state", "fail_reason", "remark", "requests")
    return {**{name: row[name] for name in names}, "forgotten": bool(row["forgotten"])}


def _end(call: Call, end: Callable[[str], bool]) -> Response:
    body = fields(call, "callback", "times", "fail_reason")
    raised, times = flag(body, "callback", True), number(body, "times", 1, 1, 100)
    bill = _bill(call)
    if not end(bill["out_bill_no"]):
        raise _too_late(call)
    return json_response(_with_delivery(call, _bill(call), times if raised else 0))


def _too_late(call: Call) -> ControlRefusal:
    return ControlRefusal(f"the bill is {_bill(call)['state']}", 409)


def _with_delivery(call: Call, bill: Row, times: int) -> Json:
    sent = [one.as_json() for one in pay.notify(call.sandbox, bill, times)]
    return {**_item(bill), "callback": sent[-1] if sent else None, "deliveries": sent}


def _bill(call: Call) -> Row:
    pay_bills.settle_due(call.store, call.now)
    row = call.store.one(f"{_BILLS} WHERE t.out_bill_no = ?", call.args["out_bill_no"])
    if row is None:
        raise ControlRefusal("no such bill", 404)
    return row
