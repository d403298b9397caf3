"""WeChat Pay v3, transfers to a person (商家转账, the product of 2025): five calls on `cryptography`.

docs/decisions/0005-wechat-pay-without-a-library.md says why no library stands in between.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar

import msgspec

from chalicelib.wechat.errcodes import PAY, Kind, error_of
from chalicelib.wechat.errors import Refused, Unknown
from chalicelib.wechat.pay_bills import OUT_BILL_NO, STATES, TransferBill, TransferState, fault_of
from chalicelib.wechat.pay_crypto import ALGORITHM, Doubt, NotGenuine, PayKeys
from chalicelib.wechat.transport import Call, Reply, Transport, with_retries

BILLS: Final = "/v3/fund-app/mch-transfer/transfer-bills"
FINISHED: Final = "MCHTRANSFER.BILL.FINISHED"
LARGEST_NOTIFICATION: Final = 64 * 1024

Reason = Doubt | Literal["bad_body", "bad_cipher", "unexpected_event", "wrong_merchant"]
T = TypeVar("T")


class NotificationRefused(Exception):
    """Not WeChat Pay's, not for us, or not now. `reason` is one word for metrics."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The notification was refused: {reason}.")
        self.reason = reason


class _Answer(msgspec.Struct, frozen=True):
    out_bill_no: str
    state: str = ""
    transfer_bill_no: str = ""
    transfer_amount: int | None = None
    package_info: str | None = None
    fail_reason: str | None = None
    openid: str | None = None
    mch_id: str | None = None


class _Fault(msgspec.Struct, frozen=True):
    code: str
    message: str = ""


class _Resource(msgspec.Struct, frozen=True):
    algorithm: str
    ciphertext: str
    nonce: str
    associated_data: str = ""


class _Notification(msgspec.Struct, frozen=True):
    event_type: str
    resource: _Resource


class Pay:
    """Transfers of one merchant. All calls raise WeChatError; only FAIL or CANCELLED ends an attempt."""

    def __init__(
        self,
        transport: Transport,
        keys: PayKeys,
        *,
        mch_id: str,
        appid: str,
        merchant_serial: str,
        platform_serial: str,
        clock: Callable[[], float],
        nonce: Callable[[], str] = secrets.token_hex,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`merchant_serial` names our certificate, `platform_serial` the key that answers are signed by."""
        self._transport = transport
        self._keys = keys
        self._mch_id = mch_id
        self._appid = appid
        self._merchant_serial = merchant_serial
        self._platform_serial = platform_serial
        self._clock = clock
        self._nonce = nonce
        self._sleep = sleep

    def bill_body(self, bill: TransferBill) -> bytes:
        """The request body: byte for byte the same for the same bill, unless it has a `user_name`."""
        body: dict[str, Any] = {
            "appid": self._appid,
            "out_bill_no": bill.out_bill_no,
            "transfer_scene_id": bill.scene_id,
            "openid": bill.openid,
            "transfer_amount": bill.amount_fen,
            "transfer_remark": bill.remark,
            "transfer_scene_report_infos": bill.report_infos,
        }
        if bill.user_name:
            body["user_name"] = self._keys.seal(self._platform_serial, bill.user_name)
        if bill.notify_url:
            body["notify_url"] = bill.notify_url
        if bill.perception:
            body["user_recv_perception"] = bill.perception
        return msgspec.json.encode(body)

    def create_transfer(self, bill: TransferBill) -> TransferState:
        """Ask for a transfer; the same bill again is the same transfer.

        Refused and Misconfigured speak of this request alone; Unknown: query, then send the same again.
        """
        api = "create_transfer"
        fault = fault_of(bill)
        if fault is not None:
            raise Refused(api, "PARAM_ERROR", f"Not sent. {fault}")
        reply = self._send(api, "POST", BILLS, self.bill_body(bill), idempotent=False)
        return _state_of(api, _decode(api, reply.body), bill.out_bill_no, bill.amount_fen)

    def query_transfer(self, out_bill_no: str) -> TransferState | None:
        """What became of it; None for NOT_FOUND, which never proves that it will not be paid.

        WeChat Pay knows the last 30 days.
        """
        api = "query_transfer"
        try:
            reply = self._send(api, "GET", _path_of(out_bill_no), b"", idempotent=True)
        except Refused as error:
            if error.code == "NOT_FOUND":
                return None
            raise
        return _state_of(api, _decode(api, reply.body), out_bill_no)

    def cancel_transfer(self, out_bill_no: str) -> TransferState:
        """Ask to cancel before the payee confirms: CANCELING at first, CANCELLED by query later.

        The answer bears no amount: `amount_fen` is 0 in it.
        """
        api = "cancel_transfer"
        reply = self._send(api, "POST", f"{_path_of(out_bill_no)}/cancel", b"", idempotent=False)
        return _state_of(api, _decode(api, reply.body), out_bill_no, 0)

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: float) -> TransferState:
        """The final state that a genuine notification brings. Raises NotificationRefused: answer non-2xx.

        One that is sent again within 300 s passes again: its effect must be idempotent by out_bill_no.
        """
        if len(body) > LARGEST_NOTIFICATION:
            raise NotificationRefused("bad_body")
        try:
            self._keys.check(headers, body, now)
        except NotGenuine as error:
            raise NotificationRefused(error.doubt) from error
        notification = _parse(body, _Notification)
        if notification.event_type != FINISHED:
            raise NotificationRefused("unexpected_event")
        return self._state_in(notification.resource)

    def _state_in(self, resource: _Resource) -> TransferState:
        if resource.algorithm != "AEAD_AES_256_GCM":
            raise NotificationRefused("bad_cipher")
        try:
            plain = self._keys.open(resource.ciphertext, resource.nonce, resource.associated_data)
        except ValueError as error:
            raise NotificationRefused("bad_cipher") from error
        answer = _parse(plain, _Answer)
        if answer.mch_id != self._mch_id:
            raise NotificationRefused("wrong_merchant")
        try:
            return _state_of("notification", answer, answer.out_bill_no)
        except Unknown as error:
            raise NotificationRefused("bad_body") from error

    def _send(self, api: str, method: str, path: str, body: bytes, *, idempotent: bool) -> Reply:
        return with_retries(lambda: self._send_once(api, method, path, body), idempotent=idempotent, sleep=self._sleep)

    def _send_once(self, api: str, method: str, path: str, body: bytes) -> Reply:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "siyu",
            "Wechatpay-Serial": self._platform_serial,
            "Authorization": self._authorization(method, path, body),
        }
        reply = self._transport.send(Call(api, method, path, headers=headers, body=body))
        if not 200 <= reply.status < 300:
            _raise_fault(api, reply)
        try:
            self._keys.check(reply.headers, reply.body, self._clock())
        except NotGenuine as error:
            raise Unknown(api, error.doubt, "The answer is not provably WeChat Pay's.") from error
        return reply

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        timestamp, nonce = str(int(self._clock())), self._nonce()
        message = f"{method}\n{path}\n{timestamp}\n{nonce}\n{body.decode()}\n"
        signature = self._keys.sign(message)
        return (
            f'{ALGORITHM} mchid="{self._mch_id}",nonce_str="{nonce}",timestamp="{timestamp}",'
            f'serial_no="{self._merchant_serial}",signature="{signature}"'
        )


def _path_of(out_bill_no: str) -> str:
    if not OUT_BILL_NO.fullmatch(out_bill_no):
        raise ValueError("out_bill_no is 1 to 32 letters and digits.")
    return f"{BILLS}/out-bill-no/{out_bill_no}"


def _raise_fault(api: str, reply: Reply) -> None:
    """A refusal only where a 4xx names a code that the table calls definite; the rest is Unknown."""
    try:
        fault = msgspec.json.decode(reply.body, type=_Fault)
    except msgspec.MsgspecError as error:
        raise Unknown(api, f"http_{reply.status}", "The answer bears no code.") from error
    if not 400 <= reply.status < 500:
        raise Unknown(api, fault.code, fault.message)
    raise error_of(PAY, api, fault.code, fault.message, default=Kind.UNKNOWN)


def _decode(api: str, body: bytes) -> _Answer:
    try:
        return msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError as error:
        raise Unknown(api, "unreadable", "The answer has another shape.") from error


def _parse(body: bytes, into: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=into)
    except msgspec.MsgspecError as error:
        raise NotificationRefused("bad_body") from error


def _state_of(api: str, answer: _Answer, asked: str, amount_fen: int | None = None) -> TransferState:
    amount = answer.transfer_amount if answer.transfer_amount is not None else amount_fen
    if answer.out_bill_no != asked or answer.state not in STATES or amount is None:
        raise Unknown(api, "unreadable", "The answer is of another bill or in a state we do not know.")
    return TransferState(
        out_bill_no=answer.out_bill_no,
        state=answer.state,
        amount_fen=amount,
        transfer_bill_no=answer.transfer_bill_no or None,
        package_info=answer.package_info or None,
        fail_reason=answer.fail_reason or None,
        openid=answer.openid or None,
    )
