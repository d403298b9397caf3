"""The route of WeChat Pay's notifications."""

from __future__ import annotations

import msgspec
from chalice.app import Response

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events import queues
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Api, Own, Request
from chalicelib.runtime.observability import count

api = Api(__name__)


@api.post("/callbacks/wechat-pay", own=(Own(401, "Not provably WeChat Pay's, or not of now.", (JSON,)),))
def receive_wechat_pay(request: Request, now: Millis) -> Response:
    """WeChat Pay says how a transfer ended: verified, kept, then answered.

    What is not provably WeChat Pay's, or not of now, is answered 401 in WeChat Pay's own shape.
    """
    from chalicelib.wechat import connect
    from chalicelib.wechat.pay import NotificationRefused

    try:
        told = connect.pay().read_notification(request.headers, request.body, now // 1000)
    except NotificationRefused as refused:
        count("PayNotificationRefused", reason=refused.reason)
        return _answer(401, "FAIL", "The notification is not genuine.")
    facts = {
        "out_bill_no": told.out_bill_no,
        "state": told.state,
        "amount_fen": told.amount_fen,
        "why": told.fail_reason,
    }
    queues.send("payouts-notified", [queues.Event(f"notified:{told.out_bill_no}", "payout.notified", now, facts)])
    return _answer(200, "SUCCESS", "")


def _answer(status: int, code: str, message: str) -> Response:
    body = msgspec.json.encode({"code": code, "message": message}).decode()
    return Response(body, {"Content-Type": "application/json", **SAFE_HEADERS}, status)
