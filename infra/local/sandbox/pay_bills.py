"""The life of a transfer bill and the ledger of the money that was paid.

WAIT_USER_CONFIRM → SUCCESS | FAIL | CANCELING → CANCELLED. Every change is a conditional update, so that
confirming, expiring and cancelling the same bill at once ends in exactly one of them.
"""

import json
import secrets
import uuid

from . import crypto, people
from .answers import beijing_time
from .context import Json, Sandbox
from .errors import PayRefusal
from .pay_rules import TransferRequest
from .store import Row, Store

WAITING = "WAIT_USER_CONFIRM"
SUCCESS = "SUCCESS"
FAIL = "FAIL"
CANCELING = "CANCELING"
CANCELLED = "CANCELLED"

CANCEL_SECONDS = 0.3
_CONFIRM_WITHIN_SECONDS = 24 * 3600
_ASKED_WITHIN_SECONDS = 30 * 86400
_NONCE = "0123456789abcdefghijklmnopqrstuvwxyz"


def create(store: Store, request: TransferRequest, now: float, balance_fen: int | None) -> Row:
    """The bill of this number: made now, or the one that an equal request made before."""
    with store.transaction():
        known = store.one("SELECT * FROM transfers WHERE out_bill_no = ?", request.out_bill_no)
        if known is None:
            _check_payee_and_funds(store, request, balance_fen)
            _insert(store, request, now)
        elif known["fingerprint"] != request.fingerprint:
            raise PayRefusal(400, "ALREADY_EXISTS", "商户单号已存在，且请求参数与首次不一致")
        return find(store, "out_bill_no", request.out_bill_no, now)


def find(store: Store, name: str, number: str, now: float) -> Row:
    """A bill by `out_bill_no` or `transfer_bill_no`, of the last 30 days; 404 NOT_FOUND."""
    settle_due(store, now)
    by_own = "SELECT * FROM transfers WHERE out_bill_no = ? AND created_at > ?"
    by_theirs = "SELECT * FROM transfers WHERE transfer_bill_no = ? AND created_at > ?"
    sql = by_own if name == "out_bill_no" else by_theirs
    row = store.one(sql, number, now - _ASKED_WITHIN_SECONDS)
    if row is None:
        raise PayRefusal(404, "NOT_FOUND", "记录不存在")
    return row


def settle_due(store: Store, now: float) -> None:
    """What time alone decides: 24 h without confirmation fail, a cancellation completes."""
    store.run(
        "UPDATE transfers SET state = 'FAIL', fail_reason = 'OVERDUE_CLOSE', updated_at = ?"
        " WHERE state = 'WAIT_USER_CONFIRM' AND created_at <= ?", now, now - _CONFIRM_WITHIN_SECONDS,
    )  # fmt: skip
    store.run(
        "UPDATE transfers SET state = 'CANCELLED', fail_reason = 'MCH_CANCEL', updated_at = ?"
        " WHERE state = 'CANCELING' AND updated_at <= ?", now, now - CANCEL_SECONDS,
    )  # fmt: skip


def move(store: Store, number: str, state: str, reason: str, now: float) -> bool:
    """Take a waiting bill to another state; paying it is written to the ledger. False when it did not wait."""
    with store.transaction():
        moved = store.run(
            "UPDATE transfers SET state = ?, fail_reason = ?, updated_at = ?"
            " WHERE out_bill_no = ? AND state = 'WAIT_USER_CONFIRM'", state, reason, now, number,
        )  # fmt: skip
        if moved and state == SUCCESS:
            store.run(
                "INSERT INTO ledger SELECT out_bill_no, openid, amount_fen, ? FROM transfers"
                " WHERE out_bill_no = ?", now, number,
            )  # fmt: skip
    return bool(moved)


def notification(sandbox: Sandbox, bill: Row) -> str:
    """The notification's JSON; its id stays the same for the same bill."""
    content = json.dumps(_final_content(sandbox, bill), ensure_ascii=False, separators=(",", ":"))
    nonce = "".join(secrets.choice(_NONCE) for _ in range(12))
    resource = {
        "original_type": "mch_payment",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": crypto.seal_resource(sandbox.keys.apiv3_key, content, nonce, "mch_payment"),
        "associated_data": "mch_payment",
        "nonce": nonce,
    }
    envelope = {
        "id": bill["notification_id"],
        "create_time": beijing_time(bill["updated_at"]),
        "resource_type": "encrypt-resource",
        "event_type": "MCHTRANSFER.BILL.FINISHED",
        "summary": "商家转账单据终态通知",
        "resource": resource,
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def _final_content(sandbox: Sandbox, bill: Row) -> Json:
    reason = {"fail_reason": bill["fail_reason"]} if bill["fail_reason"] else {}
    return {
        "out_bill_no": bill["out_bill_no"],
        "transfer_bill_no": bill["transfer_bill_no"],
        "state": bill["state"],
        "mch_id": sandbox.keys.mchid,
        "transfer_amount": bill["amount_fen"],
        "openid": bill["openid"],
        **reason,
        "create_time": beijing_time(bill["created_at"]),
        "update_time": beijing_time(bill["updated_at"]),
    }


def _check_payee_and_funds(store: Store, request: TransferRequest, balance_fen: int | None) -> None:
    if people.by_openid(store, request.openid) is None:
        raise PayRefusal(400, "PARAM_ERROR", "参数错误: openid 与 appid 不匹配")
    if balance_fen is None:
        return
    bound = store.number("SELECT sum(amount_fen) FROM transfers WHERE state NOT IN ('FAIL', 'CANCELLED')")
    if bound + request.amount_fen > balance_fen:
        raise PayRefusal(403, "NOT_ENOUGH", "运营账户资金不足")


def _insert(store: Store, request: TransferRequest, now: float) -> None:
    bill_no = f"13300{int(now)}{secrets.randbelow(10**18):018d}"
    package = secrets.token_urlsafe(96)
    store.run(
        "INSERT INTO transfers VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAIT_USER_CONFIRM', '', ?, ?, ?)",
        request.out_bill_no, bill_no, request.fingerprint, request.openid, request.amount_fen, request.remark,
        request.user_name, request.notify_url, package, now, now, str(uuid.uuid4()),
    )  # fmt: skip
