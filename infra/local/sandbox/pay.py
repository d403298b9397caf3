"""api.mch.weixin.qq.com: 商家转账 with the user's confirmation. doc/v3/merchant/4012716434 and its neighbours."""

import re
from datetime import UTC, datetime

from werkzeug.wrappers import Response

from . import crypto, deliver, pay_bills
from .answers import beijing_time, json_response
from .context import Call, Json, Sandbox
from .errors import BadJson, PayRefusal
from .pay_rules import checked
from .store import Row

DEFAULT_MIN_FEN = 10
DEFAULT_MAX_FEN = 20_000

_SCHEME = "WECHATPAY2-SHA256-RSA2048 "
_FRESH_SECONDS = 300


def check_authorization(call: Call) -> None:
    """401 SIGN_ERROR unless the merchant's key signed exactly this request within the last five minutes."""
    header = call.request.headers.get("Authorization", "")
    if not header.startswith(_SCHEME):
        raise _bad_signature("Authorization needs WECHATPAY2-SHA256-RSA2048")
    parts = dict(re.findall(r'(\w+)="([^"]*)"', header))
    if parts.get("mchid") != call.keys.mchid:
        raise _bad_signature("商户号错误")
    if parts.get("serial_no") != call.keys.merchant_serial:
        raise _bad_signature("商户证书序列号有误")
    _check_fresh(parts.get("timestamp", ""), call.now)
    if not crypto.verify_by_pair(
        call.keys.merchant_private_key, _signed_message(call, parts), parts.get("signature", "")
    ):
        raise _bad_signature("签名错误")
    if call.request.headers.get("Wechatpay-Serial", call.keys.pay_public_key_id) != call.keys.pay_public_key_id:
        raise PayRefusal(400, "PARAM_ERROR", "Wechatpay-Serial 不是微信支付公钥ID")


def note_arrival(call: Call) -> None:
    """Count a create request for its number, whatever becomes of it."""
    try:
        number = call.body().get("out_bill_no")
    except BadJson:
        return
    if isinstance(number, str) and number:
        call.store.run(
            "INSERT INTO create_requests VALUES(?, 1)"
            " ON CONFLICT(out_bill_no) DO UPDATE SET requests = requests + 1", number,
        )  # fmt: skip


def create_transfer(call: Call) -> Response:
    """POST /v3/fund-app/mch-transfer/transfer-bills"""
    settings = call.store
    min_fen = int(settings.setting("transfer_min_fen") or DEFAULT_MIN_FEN)
    max_fen = int(settings.setting("transfer_max_fen") or DEFAULT_MAX_FEN)
    request = checked(call.body(), call.keys, min_fen, max_fen)
    bill = pay_bills.create(call.store, request, _first_state(call), call.now)
    answer = {
        "out_bill_no": bill["out_bill_no"],
        "transfer_bill_no": bill["transfer_bill_no"],
        "create_time": beijing_time(bill["created_at"]),
        "state": bill["state"],
    }
    if bill["state"] == pay_bills.WAITING:
        answer["package_info"] = bill["package_info"]
    return json_response({**answer, **_reason(bill)})


def query_transfer(call: Call) -> Response:
    """GET …/transfer-bills/out-bill-no/{no} and …/transfer-bill-no/{no}"""
    ((name, number),) = call.args.items()
    bill = pay_bills.find(call.store, name, number, call.now)
    named = {"user_name": bill["user_name"]} if bill["user_name"] else {}
    return json_response(
        {
            "mch_id": call.keys.mchid,
            "out_bill_no": bill["out_bill_no"],
            "transfer_bill_no": bill["transfer_bill_no"],
            "appid": call.keys.appid,
            "state": bill["state"],
            "transfer_amount": bill["amount_fen"],
            "transfer_remark": bill["remark"],
            **_reason(bill),
            "openid": bill["openid"],
            **named,
            "create_time": beijing_time(bill["created_at"]),
            "update_time": beijing_time(bill["updated_at"]),
        }
    )


def cancel_transfer(call: Call) -> Response:
    """POST …/out-bill-no/{no}/cancel: CANCELING now, CANCELLED and the notification a moment later."""
    number = call.args["out_bill_no"]
    pay_bills.find(call.store, "out_bill_no", number, call.now)
    pay_bills.begin_cancel(call.store, number, call.now)
    bill = pay_bills.find(call.store, "out_bill_no", number, call.now)
    if bill["state"] not in (pay_bills.CANCELING, pay_bills.CANCELLED):
        raise PayRefusal(400, "INVALID_REQUEST", "当前单据状态不可撤销")
    return json_response(
        {
            "out_bill_no": number,
            "transfer_bill_no": bill["transfer_bill_no"],
            "state": bill["state"],
            "update_time": beijing_time(bill["updated_at"]),
        }
    )


def notify(sandbox: Sandbox, bill: Row, times: int = 1) -> list[deliver.Delivery]:
    """Deliver the bill's final notification; nothing when the request named no address."""
    if not bill["notify_url"]:
        return []
    body = pay_bills.notification(sandbox, bill)
    return deliver.pay_notification(sandbox, bill["notify_url"], body, times=times)


def _bad_signature(message: str) -> PayRefusal:
    return PayRefusal(401, "SIGN_ERROR", message)


def _check_fresh(timestamp: str, now: float) -> None:
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > _FRESH_SECONDS:
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        raise _bad_signature(f"时间戳已过期，当前时间 {moment}")


def _signed_message(call: Call, parts: dict[str, str]) -> str:
    target = str(call.request.environ.get("RAW_URI", call.request.full_path))
    body = call.request.get_data().decode("utf-8", "replace")
    lines = (call.request.method, target, parts.get("timestamp", ""), parts.get("nonce_str", ""), body)
    return "".join(f"{line}\n" for line in lines)


def _first_state(call: Call) -> pay_bills.FirstState:
    seconds = call.store.setting("transfer_state_seconds")
    state = call.store.setting("transfer_first_state") or pay_bills.WAITING
    return pay_bills.FirstState(state, int(seconds) if seconds else None)


def _reason(bill: Row) -> Json:
    return {"fail_reason": bill["fail_reason"]} if bill["fail_reason"] else {}
