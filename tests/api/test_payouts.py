"""HTTP contract of payouts: a member's packets, and WeChat Pay's notifications."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from chalicelib.kernel import clock, ids
from chalicelib.payouts import rules, sending, service
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.aws import client
from chalicelib.runtime.events.queues import queue_url
from chalicelib.wechat import connect
from infra.local.sandbox import crypto

PATH = "/callbacks/wechat-pay"


@pytest.fixture
def asked(stack: str, sandbox: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "source": "prize",
        "source_id": ids.new_id("packet", now),
        "member_id": ids.new_id("member", now),
        "openid": sandbox.customer()["openid"],
        "amount_fen": 188,
        "remark": "扫码有奖",
        "now": now,
    }


def notification(keys: Any, number: str, at: int, **changed: Any) -> tuple[dict[str, str], bytes]:
    """A notification as WeChat Pay signs it."""
    told = {"out_bill_no": number, "state": "SUCCESS", "transfer_amount": 188, "mch_id": keys.mchid, **changed}
    nonce = "0123456789ab"
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": crypto.seal_resource(keys.apiv3_key, json.dumps(told), nonce, "mch_payment"),
        "associated_data": "mch_payment",
        "nonce": nonce,
    }
    body = json.dumps({"id": "1", "event_type": "MCHTRANSFER.BILL.FINISHED", "resource": resource})
    headers = {
        "Content-Type": "application/json",
        "Wechatpay-Timestamp": str(at),
        "Wechatpay-Nonce": "n",
        "Wechatpay-Signature": crypto.sign(keys.pay_private_key, f"{at}\nn\n{body}\n"),
        "Wechatpay-Serial": keys.pay_public_key_id,
    }
    return headers, body.encode()


def queued() -> list[dict[str, Any]]:
    """What stands on payouts-notified, taken off it."""
    found = []
    while messages := client("sqs").receive_message(QueueUrl=queue_url("payouts-notified")).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"])["data"])
            client("sqs").delete_message(QueueUrl=queue_url("payouts-notified"), ReceiptHandle=message["ReceiptHandle"])
    return found


def member(asked: dict[str, Any]) -> dict[str, str]:
    token, _ = issue_token(Caller("member", asked["member_id"], asked["openid"]), clock.now())
    return {"Authorization": f"Bearer {token}"}


def test_a_packet_can_be_followed_from_sending_to_paid(http: Any, asked: dict[str, Any]) -> None:
    payout_id = service.request(**asked)
    number = rules.out_bill_no(payout_id, 1)
    seen = [http.get("/me/packets", headers=member(asked)).json_body["items"][0]]
    sending.send(asked["member_id"], payout_id, pay=connect.pay(), now=clock.now())
    seen.append(http.get("/me/packets", headers=member(asked)).json_body["items"][0])
    sending.receive_notification(number, "SUCCESS", 188, None, clock.now())
    seen.append(http.get("/me/packets", headers=member(asked)).json_body["items"][0])

    assert [packet["state"] for packet in seen] == ["sending", "confirm", "paid"]
    assert {packet["packet_id"] for packet in seen} == {asked["source_id"]}
    assert [bool(packet["package_info"]) for packet in seen] == [False, True, False]
    assert seen[1]["confirm_before"].endswith("Z")


def test_a_genuine_notification_is_kept_before_it_is_answered(http: Any, keys: Any) -> None:
    queued()
    headers, body = notification(keys, "A" * 32, int(time.time()))

    answer = http.post(PATH, headers=headers, body=body)

    assert answer.status_code == 200
    assert queued() == [{"out_bill_no": "A" * 32, "state": "SUCCESS", "amount_fen": 188, "why": None}]


@pytest.mark.parametrize(
    "spoil",
    [
        {"Wechatpay-Signature": "AAAA"},
        {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/AAAA"},
        {"Wechatpay-Serial": "PUB_KEY_ID_OF_A_STRANGER"},
        {"Wechatpay-Timestamp": "1700000000"},
        {"Wechatpay-Nonce": "another"},
    ],
)
def test_a_forged_notification_is_refused_in_wechat_pays_own_shape(http: Any, keys: Any, spoil: dict[str, str]) -> None:
    queued()
    headers, body = notification(keys, "B" * 32, int(time.time()))

    answer = http.post(PATH, headers={**headers, **spoil}, body=body)

    assert answer.status_code == 401
    assert answer.json_body.keys() == {"code", "message"}
    assert answer.json_body["code"] == "FAIL"
    assert queued() == []


def test_an_old_and_a_foreign_notification_are_refused(http: Any, keys: Any) -> None:
    queued()
    old = notification(keys, "C" * 32, int(time.time()) - 301)
    foreign = notification(keys, "C" * 32, int(time.time()), mch_id="1900000001")

    answers = [http.post(PATH, headers=headers, body=body).status_code for headers, body in (old, foreign)]

    assert answers == [401, 401]
    assert queued() == []


def test_the_queue_brings_a_notification_to_its_payout(http: Any, keys: Any, asked: dict[str, Any]) -> None:
    from functions.payouts_notified import payouts_notified

    payout_id = service.request(**asked)
    number = rules.out_bill_no(payout_id, 1)
    sending.send(asked["member_id"], payout_id, pay=connect.pay(), now=clock.now())
    headers, body = notification(keys, number, int(time.time()))
    queued()
    http.post(PATH, headers=headers, body=body)
    message = client("sqs").receive_message(QueueUrl=queue_url("payouts-notified"))["Messages"][0]
    record = {
        "messageId": "1",
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }

    answers = [payouts_notified({"Records": [record]}, None) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert http.get("/me/packets", headers=member(asked)).json_body["items"][0]["state"] == "paid"
