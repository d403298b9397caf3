"""The life of a transfer bill and the ledger of the money that was paid.

(ACCEPTED | PROCESSING →) WAIT_USER_CONFIRM → SUCCESS | FAIL | CANCELING → CANCELLED. Every change is a conditional
update, so that confirming, expiring and cancelling the same bill at once ends in exactly one of them. FAIL and
cancelling are possible before the user is asked, too.
"""

import json
import secrets
import uuid
from dataclasses import dataclass

from . import crypto, pay_account, people
from .answers import beijing_time
from .context import Json, Sandbox
from .errors import PayRefusal
from .pay_rules import TransferRequest
from .store import Row, Store

ACCEPTED = "ACCEPTED"
PROCESSING = "PROCESSING"
WAITING = "WAIT_USER_CONFIRM"
SUCCESS = "SUCCESS"
FAIL = "FAIL"
CANCELING = "CANCELING"
CANCELLED = "CANCELLED"

UNCONFIRMED = (ACCEPTED, PROCESSING, WAITING)
FINAL = (SUCCESS, FAIL, CANCELLED)

CANCEL_SECONDS = 0.3
_CONFIRM_WITHIN_SECONDS = 24 * 3600
_ASKED_WITHIN_SECONDS = 30 * 86400
_NONCE = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class FirstState:
    """The state of a new bill and for how long it stays in it; None: until a control moves it."""

    state: str
    seconds: int | None


def create(store: Store, request: TransferRequest, first: FirstState, now: float) -> Row:
    """The bill of this number: made now, or the one that an equal request made before, however long ago."""
    settle_due(store, now)
    with store.transaction():
        known = _by_own_number(store, request.out_bill_no)
        if known is None:
            _check_payee(store, request)
            pay_account.spend(store, request.amount_fen)
            _insert(store, request, first, now)
        elif known["fingerprint"] != request.fingerprint:
            raise PayRefusal(400, "ALREADY_EXISTS", "商户单号已存在，且请求参数与首次不一致")
        bill = known or _by_own_number(store, request.out_bill_no)
    assert bill is not None
    return bill


def find(store: Store, name: str, number: str, now: float) -> Row:
    """A bill by `out_bill_no` or `transfer_bill_no`, of the last 30 days and not forgotten; 404 NOT_FOUND."""
    settle_due(store, now)
    by_own = "SELECT * FROM transfers WHERE out_bill_no = ? AND created_at > ? AND forgotten = 0"
    by_theirs = "SELECT * FROM transfers WHERE transfer_bill_no = ? AND created_at > ? AND forgotten = 0"
    sql = by_own if name == "out_bill_no" else by_theirs
    row = store.one(sql, number, now - _ASKED_WITHIN_SECONDS)
    if row is None:
        raise PayRefusal(404, "NOT_FOUND", "记录不存在")
    return row


def settle_due(store: Store, now: float) -> None:
    """Do what time alone decides: an accepted bill asks the user, 24 h of silence fail, a cancellation completes.

    The ends are notified from now on (pay_notices).
    """
    with store.transaction():
        store.run(
            "UPDATE transfers SET state = 'WAIT_USER_CONFIRM', updated_at = moves_at, moves_at = NULL"
            " WHERE state IN ('ACCEPTED', 'PROCESSING') AND moves_at <= ?", now,
        )  # fmt: skip
        ended = store.all(
            "UPDATE transfers SET state = 'FAIL', fail_reason = 'OVERDUE_CLOSE', updated_at = ?,"
            " notify_at = iif(notify_url = '', NULL, ?)"
            " WHERE state = 'WAIT_USER_CONFIRM' AND updated_at <= ? RETURNING amount_fen",
            now, now, now - _CONFIRM_WITHIN_SECONDS,
        )  # fmt: skip
        ended += store.all(
            "UPDATE transfers SET state = 'CANCELLED', fail_reason = 'MCH_CANCEL', updated_at = ?,"
            " notify_at = iif(notify_url = '', NULL, ?)"
            " WHERE state = 'CANCELING' AND updated_at <= ? RETURNING amount_fen", now, now, now - CANCEL_SECONDS,
        )  # fmt: skip
        pay_account.give_back(store, sum(row["amount_fen"] for row in ended))


def confirm(store: Store, number: str, now: float) -> bool:
    """The user takes the money, which is written to the ledger. False when the bill did not wait for them."""
    with store.transaction():
        moved = _move(store, number, (WAITING,), SUCCESS, "", now)
        if moved:
            store.run(
                "INSERT INTO ledger SELECT out_bill_no, openid, amount_fen, ? FROM transfers"
                " WHERE out_bill_no = ?", now, number,
            )  # fmt: skip
    return moved is not None


def expire(store: Store, number: str, now: float) -> bool:
    """End a bill as 24 h without an answer would. False when it did not wait for the user."""
    return _fail(store, number, (WAITING,), "OVERDUE_CLOSE", now)


def fail(store: Store, number: str, reason: str, now: float) -> bool:
    """The transfer does not succeed. False when it had ended, or was being cancelled."""
    return _fail(store, number, UNCONFIRMED, reason, now)


def begin_cancel(store: Store, number: str, now: float) -> bool:
    """The merchant does not want it any more. False when it had ended, or was being cancelled."""
    return _move(store, number, UNCONFIRMED, CANCELING, "", now) is not None


def set_state(store: Store, number: str, state: str, now: float) -> bool:
    """Let an unconfirmed bill be in this state until it is moved again. False when it is not unconfirmed any more."""
    return bool(
        store.run(
            "UPDATE transfers SET updated_at = CASE state WHEN ? THEN updated_at ELSE ? END, state = ?,"
            " moves_at = NULL WHERE out_bill_no = ? AND state IN (SELECT value FROM json_each(?))",
            state, now, state, number, json.dumps(UNCONFIRMED),
        )
    )  # fmt: skip


def forget(store: Store, number: str) -> None:
    """Queries and cancellations do not find it any more; the number stays taken, and the money where it is."""
    store.run("UPDATE transfers SET forgotten = 1 WHERE out_bill_no = ?", number)


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


def _by_own_number(store: Store, number: str) -> Row | None:
    return store.one("SELECT * FROM transfers WHERE out_bill_no = ?", number)


def _fail(store: Store, number: str, before: tuple[str, ...], reason: str, now: float) -> bool:
    with store.transaction():
        amount_fen = _move(store, number, before, FAIL, reason, now)
        pay_account.give_back(store, amount_fen or 0)
    return amount_fen is not None


def _move(store: Store, number: str, before: tuple[str, ...], state: str, reason: str, now: float) -> int | None:
    """The amount of the bill that went from one of these states to another; None when it was in none of them."""
    rows = store.all(
        "UPDATE transfers SET state = ?, fail_reason = ?, updated_at = ?, moves_at = NULL"
        " WHERE out_bill_no = ? AND state IN (SELECT value FROM json_each(?)) RETURNING amount_fen",
        state, reason, now, number, json.dumps(before),
    )  # fmt: skip
    return int(rows[0]["amount_fen"]) if rows else None


def _check_payee(store: Store, request: TransferRequest) -> None:
    if people.by_openid(store, request.openid) is None:
        raise PayRefusal(400, "PARAM_ERROR", "参数错误: openid 与 appid 不匹配")


def _insert(store: Store, request: TransferRequest, first: FirstState, now: float) -> None:
    bill_no = f"13300{int(now)}{secrets.randbelow(10**18):018d}"
    package = secrets.token_urlsafe(96)
    moves_at = None if first.state == WAITING or first.seconds is None else now + first.seconds
    store.run(
        "INSERT INTO transfers VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, 0, NULL, 0)",
        request.out_bill_no, bill_no, request.fingerprint, request.openid, request.amount_fen, request.remark,
        request.user_name, request.notify_url, package, first.state, now, now, str(uuid.uuid4()), moves_at,
    )  # fmt: skip
