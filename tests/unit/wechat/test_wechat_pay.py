from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpayv3.utils import aes_decrypt, rsa_decrypt, rsa_verify

from chalicelib.wechat.errors import Misconfigured, Refused, Unknown, Unreachable
from chalicelib.wechat.gateways import PayConfig, build_pay
from chalicelib.wechat.pay import NotificationRefused, Pay
from chalicelib.wechat.pay_bills import ReportInfo, TransferBill, TransferState
from tests.unit.wechat.wechat_host import Answer, Asked, Clock, FakeHost

SERIAL = "PUB_KEY_ID_0000000000000000000000000001"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
BILL = TransferBill(
    out_bill_no="B1",
    openid="o1",
    amount_fen=188,
    remark="活动红包",
    scene_id="1000",
    report_infos=(ReportInfo("活动名称", "新茶上市"), ReportInfo("奖励说明", "现金红包")),
    notify_url="https://example.com/callbacks/wechat-pay",
)


class Platform:
    """WeChat Pay's side of the keys, written without the code under test."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.merchant = rsa.generate_private_key(65537, 2048)

    def headers(self, body: bytes, now: float, **changed: str) -> dict[str, str]:
        timestamp, nonce = str(int(now)), "n0nce"
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Serial": SERIAL,
        } | changed

    def answer(self, now: float, status: int = 200, **content: Any) -> Answer:
        body = json.dumps(content).encode()
        return Answer(status, body, self.headers(body, now))

    def notification(self, event: str = "MCHTRANSFER.BILL.FINISHED", **content: Any) -> bytes:
        sealed = AESGCM(APIV3_KEY.encode()).encrypt(b"0123456789ab", json.dumps(content).encode(), b"mch_payment")
        resource = {
            "original_type": "mch_payment",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": "mch_payment",
            "nonce": "0123456789ab",
        }
        return json.dumps({"id": "1", "event_type": event, "resource": resource}).encode()


@pytest.fixture(scope="session")
def platform() -> Platform:
    return Platform()


def pem_of(key: rsa.RSAPrivateKey) -> str:
    encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password).decode()


def public_pem_of(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def config_of(url: str, platform: Platform) -> PayConfig:
    return PayConfig(
        mch_id="1900000001",
        appid="wx1",
        merchant_serial="5F1A",
        private_key=pem_of(platform.merchant),
        apiv3_key=APIV3_KEY,
        platform_serial=SERIAL,
        platform_keys={SERIAL: public_pem_of(platform.key)},
        base_url=url,
        timeout=(0.3, 0.3),
    )


@pytest.fixture
def pay(host: FakeHost, platform: Platform, clock: Clock) -> Pay:
    return build_pay(config_of(host.url, platform), clock, clock.sleep)


def test_a_transfer_is_asked_for_with_the_frozen_body(
    host: FakeHost, pay: Pay, platform: Platform, clock: Clock
) -> None:
    host.answers(
        platform.answer(
            clock.now, out_bill_no="B1", transfer_bill_no="W1", state="WAIT_USER_CONFIRM", package_info="pkg"
        )
    )

    state = pay.create_transfer(BILL)

    assert state == TransferState(
        out_bill_no="B1", state="WAIT_USER_CONFIRM", amount_fen=188, transfer_bill_no="W1", package_info="pkg"
    )
    assert not state.is_final
    assert host.asked[0].body == pay.bill_body(BILL)
    assert host.asked[0].json == {
        "appid": "wx1",
        "out_bill_no": "B1",
        "transfer_scene_id": "1000",
        "openid": "o1",
        "transfer_amount": 188,
        "transfer_remark": "活动红包",
        "transfer_scene_report_infos": [
            {"info_type": "活动名称", "info_content": "新茶上市"},
            {"info_type": "奖励说明", "info_content": "现金红包"},
        ],
        "notify_url": "https://example.com/callbacks/wechat-pay",
    }


def test_the_request_is_signed_as_an_independent_library_expects(
    host: FakeHost, pay: Pay, platform: Platform, clock: Clock
) -> None:
    host.answers(platform.answer(clock.now, out_bill_no="B1", state="ACCEPTED"))

    pay.create_transfer(BILL)

    asked = host.asked[0]
    parts = dict(re.findall(r'(\w+)="([^"]*)"', asked.headers["authorization"]))
    message = f"POST\n/v3/fund-app/mch-transfer/transfer-bills\n{parts['timestamp']}"
    public = platform.merchant.public_key()
    assert rsa_verify(message, parts["nonce_str"], asked.body.decode(), parts["signature"], public)
    assert (parts["mchid"], parts["serial_no"]) == ("1900000001", "5F1A")
    assert asked.headers["wechatpay-serial"] == SERIAL


def test_a_name_is_sealed_for_the_platform_and_the_rest_is_reproducible(pay: Pay, platform: Platform) -> None:
    large = json.loads(pay.bill_body(_with(amount_fen=200_000, user_name="王小明")))

    assert rsa_decrypt(large.pop("user_name"), platform.key) == "王小明"
    assert large == json.loads(pay.bill_body(_with(amount_fen=200_000)))
    assert pay.bill_body(BILL) == pay.bill_body(BILL)


def _with(**changed: Any) -> TransferBill:
    import msgspec

    return msgspec.structs.replace(BILL, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 0},
        {"amount_fen": 200_000},
        {"amount_fen": 29, "user_name": "王小明"},
        {"out_bill_no": "B-1"},
        {"out_bill_no": "x" * 33},
        {"remark": ""},
        {"remark": "字" * 33},
        {"report_infos": ()},
        {"report_infos": (ReportInfo("活动名称", "字" * 33),)},
        {"openid": ""},
    ],
)
def test_a_bill_that_breaks_the_rules_is_refused_unsent(host: FakeHost, pay: Pay, changed: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        pay.create_transfer(_with(**changed))

    assert caught.value.code == "PARAM_ERROR"
    assert host.asked == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "PARAM_ERROR", Refused),
        (400, "INVALID_REQUEST", Refused),
        (403, "NO_AUTH", Misconfigured),
        (403, "NOT_ENOUGH", Misconfigured),
        (401, "SIGN_ERROR", Misconfigured),
        (400, "ALREADY_EXISTS", Unknown),
        (400, "SOMETHING_NEW", Unknown),
        (429, "FREQUENCY_LIMITED", Unknown),
        (500, "SYSTEM_ERROR", Unknown),
        (500, "PARAM_ERROR", Unknown),
    ],
)
def test_only_a_named_refusal_counts_as_not_executed(
    host: FakeHost, pay: Pay, status: int, code: str, kind: type[Exception]
) -> None:
    host.answers(Answer(status, json.dumps({"code": code, "message": "why"}).encode()))

    with pytest.raises(kind) as caught:
        pay.create_transfer(BILL)

    assert type(caught.value) is kind
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(delay=0.5),
        Answer(hang_up=True),
        Answer(500, b""),
        Answer(403, b"<html>blocked by a proxy</html>"),
        Answer(302, b"", {"Location": "http://127.0.0.1:9/"}),
        Answer(200, b'{"out_bill_no":"B1","state":"SUCCESS","transfer_amount":188}'),  # unsigned
        Answer(200, b"not json"),
    ],
)
def test_everything_ambiguous_is_unknown_and_not_repeated(host: FakeHost, pay: Pay, answer: Answer) -> None:
    host.answers(answer)

    with pytest.raises(Unknown):
        pay.create_transfer(BILL)

    assert len(host.asked) == 1


def test_a_host_that_is_not_there_is_unreachable(platform: Platform, clock: Clock) -> None:
    pay = build_pay(config_of("http://127.0.0.1:9", platform), clock, clock.sleep)

    with pytest.raises(Unreachable):
        pay.create_transfer(BILL)


def test_an_answer_signed_long_ago_is_unknown(host: FakeHost, pay: Pay, platform: Platform, clock: Clock) -> None:
    host.answers(platform.answer(clock.now - 301, out_bill_no="B1", state="FAIL", transfer_amount=188))

    with pytest.raises(Unknown) as caught:
        pay.create_transfer(BILL)

    assert caught.value.code == "stale"


@pytest.mark.parametrize("content", [{"out_bill_no": "B2", "state": "FAIL"}, {"out_bill_no": "B1", "state": "??"}])
def test_an_answer_of_another_bill_or_state_is_unknown(
    host: FakeHost, pay: Pay, platform: Platform, clock: Clock, content: dict[str, Any]
) -> None:
    host.answers(platform.answer(clock.now, **content))

    with pytest.raises(Unknown):
        pay.create_transfer(BILL)


def test_a_query_tells_the_state_or_that_there_is_none(
    host: FakeHost, pay: Pay, platform: Platform, clock: Clock
) -> None:
    host.answers(
        Answer(hang_up=True),  # a read is asked again
        platform.answer(clock.now, out_bill_no="B1", state="FAIL", transfer_amount=188, fail_reason="OVERDUE_CLOSE"),
        Answer(404, b'{"code":"NOT_FOUND","message":"none"}'),
        Answer(404, b""),
    )

    state = pay.query_transfer("B1")

    assert state is not None
    assert (state.is_final, state.is_failed, state.is_paid) == (True, True, False)
    assert state.fail_reason == "OVERDUE_CLOSE"
    assert host.asked[1].path == "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/B1"
    assert pay.query_transfer("B1") is None
    with pytest.raises(Unknown):
        pay.query_transfer("B1")  # a bare 404 is some proxy's


def test_a_number_can_not_reach_another_path(pay: Pay) -> None:
    with pytest.raises(ValueError, match="out_bill_no"):
        pay.query_transfer("../certificates")


def test_a_cancellation_is_asynchronous(host: FakeHost, pay: Pay, platform: Platform, clock: Clock) -> None:
    host.answers(platform.answer(clock.now, out_bill_no="B1", transfer_bill_no="W1", state="CANCELING"))

    state = pay.cancel_transfer("B1")

    assert (state.state, state.is_final) == ("CANCELING", False)
    assert (host.asked[0].method, host.asked[0].body) == ("POST", b"")


PAID = {
    "out_bill_no": "B1",
    "transfer_bill_no": "W1",
    "state": "SUCCESS",
    "mch_id": "1900000001",
    "transfer_amount": 188,
    "openid": "o1",
}


def test_a_genuine_notification_is_read(pay: Pay, platform: Platform, clock: Clock) -> None:
    body = platform.notification(**PAID)

    state = pay.read_notification(platform.headers(body, clock.now), body, clock.now)

    assert state.is_paid
    assert (state.out_bill_no, state.amount_fen, state.openid) == ("B1", 188, "o1")


@pytest.mark.parametrize("shape", [str.lower, str.upper])
def test_headers_are_found_in_any_case(pay: Pay, platform: Platform, clock: Clock, shape: Callable[[str], str]) -> None:
    body = platform.notification(**PAID)
    headers = {shape(name): value for name, value in platform.headers(body, clock.now).items()}

    assert pay.read_notification(headers, body, clock.now).is_paid


def test_a_replayed_notification_is_the_same_fact_and_later_refused(pay: Pay, platform: Platform, clock: Clock) -> None:
    body = platform.notification(**PAID)
    headers = platform.headers(body, clock.now)

    first = pay.read_notification(headers, body, clock.now)
    assert pay.read_notification(headers, body, clock.now + 299) == first

    assert refusal_of(pay, headers, body, clock.now + 301) == "stale"
    assert refusal_of(pay, headers, body, clock.now - 301) == "stale"


def refusal_of(pay: Pay, headers: dict[str, str], body: bytes, now: float) -> str:
    with pytest.raises(NotificationRefused) as caught:
        pay.read_notification(headers, body, now)
    return caught.value.reason


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Wechatpay-Serial": "PUB_KEY_ID_OTHER"}, "unknown_serial"),
        ({"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}, "probe"),
        ({"Wechatpay-Signature": "!"}, "bad_signature"),
        ({"Wechatpay-Signature": base64.b64encode(b"x" * 256).decode()}, "bad_signature"),
        ({"Wechatpay-Nonce": "other"}, "bad_signature"),
        ({"Wechatpay-Nonce": ""}, "missing_header"),
        ({"Wechatpay-Nonce": "n0nce\n{"}, "missing_header"),
        ({"Wechatpay-Timestamp": "soon"}, "stale"),
        ({"Wechatpay-Signature-Type": "MD5"}, "bad_signature"),
    ],
)
def test_forged_headers_are_refused(
    pay: Pay, platform: Platform, clock: Clock, changed: dict[str, str], reason: str
) -> None:
    body = platform.notification(**PAID)

    assert refusal_of(pay, platform.headers(body, clock.now) | changed, body, clock.now) == reason


def test_a_changed_body_is_refused_even_when_it_means_the_same(pay: Pay, platform: Platform, clock: Clock) -> None:
    body = platform.notification(**PAID)

    assert refusal_of(pay, platform.headers(body, clock.now), body + b" ", clock.now) == "bad_signature"


def test_signed_notifications_that_are_not_for_us_are_refused(pay: Pay, platform: Platform, clock: Clock) -> None:
    foreign = platform.notification(**(PAID | {"mch_id": "1900000002"}))
    refund = platform.notification("REFUND.SUCCESS", **PAID)
    odd = platform.notification(**(PAID | {"state": "??"}))
    sealed = json.loads(platform.notification(**PAID))
    sealed["resource"]["nonce"] = "ba9876543210"
    other_key = json.dumps(sealed).encode()
    cases = [
        (foreign, "wrong_merchant"),
        (refund, "unexpected_event"),
        (odd, "bad_body"),
        (other_key, "bad_cipher"),
        (b"[]", "bad_body"),
        (b"x" * 70_000, "bad_body"),
    ]

    for body, reason in cases:
        assert refusal_of(pay, platform.headers(body, clock.now), body, clock.now) == reason


def test_our_sealed_sample_opens_in_an_independent_library(platform: Platform) -> None:
    resource = json.loads(platform.notification(**PAID))["resource"]

    plain = aes_decrypt(resource["nonce"], resource["ciphertext"], resource["associated_data"], APIV3_KEY)

    assert json.loads(plain) == PAID


def test_a_key_may_come_as_a_platform_certificate(platform: Platform, clock: Clock, host: FakeHost) -> None:
    config = config_of(host.url, platform)
    serial = "0A1B2C"
    certificate = certificate_of(platform.key)
    both = {**config.platform_keys, serial.lower(): certificate}
    import msgspec

    pay = build_pay(msgspec.structs.replace(config, platform_keys=both), clock, clock.sleep)
    body = platform.notification(**PAID)

    headers = platform.headers(body, clock.now) | {"Wechatpay-Serial": serial}
    assert pay.read_notification(headers, body, clock.now).is_paid


def certificate_of(key: rsa.RSAPrivateKey) -> str:
    from datetime import UTC, datetime

    from cryptography import x509

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pay.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(0xA1B2C).not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
    certificate = builder.not_valid_after(datetime(2030, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def test_wrong_settings_are_named_at_once(platform: Platform, clock: Clock) -> None:
    import msgspec

    config = config_of("http://127.0.0.1:9", platform)

    with pytest.raises(ValueError, match="platform_serial"):
        build_pay(msgspec.structs.replace(config, platform_serial="other"), clock)
    with pytest.raises(ValueError, match="32 characters"):
        build_pay(msgspec.structs.replace(config, apiv3_key="short"), clock)


def test_secrets_are_not_shown(platform: Platform) -> None:
    shown = repr(config_of("http://x", platform))

    assert "1900000001" in shown
    assert "PRIVATE KEY" not in shown
    assert APIV3_KEY not in shown


def test_each_request_has_its_own_nonce(host: FakeHost, pay: Pay, platform: Platform, clock: Clock) -> None:
    def answer(asked: Asked) -> Answer:
        return platform.answer(clock.now, out_bill_no="B1", state="ACCEPTED")

    host.answers(answer, answer)
    pay.create_transfer(BILL)
    pay.create_transfer(BILL)

    assert host.asked[0].headers["authorization"] != host.asked[1].headers["authorization"]
    assert host.asked[0].body == host.asked[1].body
