"""An independent client, wechatpayv3, creates, asks, cancels and reads notifications."""

import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from infra.local.sandbox.keys import SandboxKeys
from tests.sandbox.driver import Driver, Receiver

INFOS = [
    {"info_type": "活动名称", "info_content": "新会员有礼"},
    {"info_type": "奖励说明", "info_content": "扫码领取的红包"},
]


@pytest.fixture
def client(driver: Driver, receiver: Receiver, keys: SandboxKeys) -> Any:
    made = WeChatPay(
        WeChatPayType.MINIPROG,
        keys.mchid,
        keys.merchant_private_key,
        keys.merchant_serial,
        keys.appid,
        keys.apiv3_key,
        f"{receiver.url}/pay",
        timeout=(5, 10),
        public_key=keys.pay_public_key,
        public_key_id=keys.pay_public_key_id,
    )
    made._core._gate_way = driver.url  # the library has no other way to name a host
    return made


def create(client: Any, openid: str, number: str, **more: Any) -> dict[str, Any]:
    status, text = client.mch_transfer_bills(
        number, "1000", openid, 888, "新会员红包", transfer_scene_report_infos=INFOS, **more
    )
    assert status == 200, text
    return dict(json.loads(text))


def test_it_creates_and_asks_by_both_numbers(driver: Driver, client: Any) -> None:
    openid = driver.customer()["openid"]

    made = create(client, openid, "bill1", user_name="张三", user_recv_perception="现金奖励")
    _, by_own = client.mch_transfer_bills_query(out_bill_no="bill1")
    _, by_theirs = client.mch_transfer_bills_query(transfer_bill_no=made["transfer_bill_no"])

    assert made["state"] == "WAIT_USER_CONFIRM"
    assert by_own == by_theirs
    assert json.loads(by_own)["user_name"] == "张三"


def test_an_encrypted_name_does_not_make_a_retry_another_request(driver: Driver, client: Any) -> None:
    openid = driver.customer()["openid"]

    numbers = {create(client, openid, "bill1", user_name="张三")["transfer_bill_no"] for _ in range(2)}

    assert len(numbers) == 1


def test_it_cancels(driver: Driver, client: Any) -> None:
    create(client, driver.customer()["openid"], "bill1")

    status, text = client.mch_transfer_bills_cancel("bill1")

    assert (status, json.loads(text)["state"]) == (200, "CANCELING")


def test_it_reads_the_notification_and_refuses_a_changed_one(driver: Driver, client: Any, receiver: Receiver) -> None:
    create(client, driver.customer()["openid"], "bill1")
    driver.control("POST", "transfers/bill1/confirm")
    _, headers, body = receiver.arrived[-1]

    told = client.callback(headers, body.decode())

    assert told["event_type"] == "MCHTRANSFER.BILL.FINISHED"
    assert (told["resource"]["out_bill_no"], told["resource"]["state"]) == ("bill1", "SUCCESS")
    assert client.callback(headers, body.decode().replace("MCHTRANSFER", "OTHER")) is None


def test_it_sees_a_refusal(client: Any) -> None:
    status, text = client.mch_transfer_bills_query(out_bill_no="none")

    assert (status, json.loads(text)["code"]) == (404, "NOT_FOUND")
