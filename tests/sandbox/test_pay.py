"""api.mch.weixin.qq.com: who may ask, what a bill may hold, how it ends."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from infra.local.sandbox.keys import SandboxKeys
from infra.local.sandbox.server import SandboxServer
from tests.sandbox.driver import BILLS, Driver, MovableClock, Receiver, from_base64
from tests.waiting import waited


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def check_signature(headers: dict[str, str], body: str, keys: SandboxKeys) -> None:
    key = load_pem_public_key(keys.pay_public_key.encode())
    assert isinstance(key, RSAPublicKey)
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
    signature = from_base64(headers["Wechatpay-Signature"])
    key.verify(signature, message.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert headers["Wechatpay-Serial"] == keys.pay_public_key_id
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"


def waiting_bill(driver: Driver, **changes: Any) -> dict[str, Any]:
    bill = driver.bill(driver.customer()["openid"], **changes)
    assert driver.pay("POST", BILLS, bill).status_code == 200
    return bill


def test_a_bill_is_created_waiting_and_the_answer_is_signed(driver: Driver, keys: SandboxKeys) -> None:
    bill = driver.bill(driver.customer()["openid"])

    answer = driver.pay("POST", BILLS, bill)

    assert answer.json()["state"] == "WAIT_USER_CONFIRM"
    assert answer.json()["package_info"]
    assert answer.json()["create_time"].endswith("+08:00")
    check_signature(dict(answer.headers), answer.text, keys)


@pytest.mark.parametrize(
    "signing",
    [{"mchid": "1900000000"}, {"serial_no": "00"}, {"private_key": "of WeChat Pay"}],
)
def test_a_wrong_signature_is_refused(driver: Driver, keys: SandboxKeys, signing: dict[str, Any]) -> None:
    if "private_key" in signing:
        signing = {"private_key": keys.pay_private_key}

    assert_refused(driver, signing)


@pytest.mark.parametrize("seconds_off", [-600, 600])
def test_a_signature_of_another_time_is_refused(driver: Driver, seconds_off: int) -> None:
    assert_refused(driver, {"timestamp": int(time.time()) + seconds_off})


def assert_refused(driver: Driver, signing: dict[str, Any]) -> None:
    bill = driver.bill(driver.customer()["openid"])

    assert refusal(driver.pay("POST", BILLS, bill, **signing)) == (401, "SIGN_ERROR")
    assert driver.control("GET", "transfers") == {"items": [], "paid_fen": 0}


def test_a_signature_covers_the_body_and_the_path(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])
    raw = json.dumps(bill)
    headers = {"Authorization": driver.authorization("POST", BILLS, raw)}
    other = json.dumps({**bill, "transfer_amount": 999})

    assert refusal(requests.post(driver.url + BILLS, other, headers=headers, timeout=60)) == (401, "SIGN_ERROR")
    assert refusal(requests.post(f"{driver.url}{BILLS}?x=1", raw, headers=headers, timeout=60))[0] == 401
    assert refusal(requests.post(driver.url + BILLS, raw, timeout=60)) == (401, "SIGN_ERROR")
    assert requests.post(driver.url + BILLS, raw, headers=headers, timeout=60).status_code == 200


INFOS_OF_1005 = [
    {"info_type": "岗位类型", "info_content": "导购"},
    {"info_type": "报酬说明", "info_content": "九月佣金"},
]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"out_bill_no": "with-dash"}, "PARAM_ERROR"),
        ({"out_bill_no": "x" * 33}, "PARAM_ERROR"),
        ({"appid": "wx0"}, "INVALID_REQUEST"),
        ({"openid": "o-nobody"}, "PARAM_ERROR"),
        ({"transfer_amount": 9}, "INVALID_REQUEST"),
        ({"transfer_amount": 20_001}, "INVALID_REQUEST"),
        ({"transfer_amount": 8.88}, "PARAM_ERROR"),
        ({"transfer_amount": True}, "PARAM_ERROR"),
        ({"transfer_remark": "长" * 33}, "PARAM_ERROR"),
        ({"transfer_remark": None}, "PARAM_ERROR"),
        ({"transfer_scene_id": "1002"}, "INVALID_REQUEST"),
        ({"transfer_scene_id": "1001"}, "PARAM_ERROR"),
        ({"transfer_scene_id": "1005"}, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": []}, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": INFOS_OF_1005}, "PARAM_ERROR"),
        ({"user_recv_perception": "发财了"}, "INVALID_REQUEST"),
        ({"user_recv_style_type": "FIREWORKS"}, "PARAM_ERROR"),
        ({"notify_url": "http://example.com/notify"}, "PARAM_ERROR"),
        ({"notify_url": "https://example.com/notify?x=1"}, "PARAM_ERROR"),
        ({"user_name": "not encrypted"}, "PARAM_ERROR"),
        ({"transfer_amount": 29, "user_name": "x"}, "PARAM_ERROR"),
        ({"remark": "misspelt"}, "PARAM_ERROR"),
    ],
)
def test_a_wrong_bill_is_refused(driver: Driver, changes: dict[str, Any], code: str) -> None:
    bill = driver.bill(driver.customer()["openid"], **changes)

    assert refusal(driver.pay("POST", BILLS, bill)) == (400, code)
    assert driver.control("GET", "transfers")["items"] == []


def test_commission_has_its_own_report(driver: Driver) -> None:
    waiting_bill(driver, transfer_scene_id="1005", transfer_scene_report_infos=INFOS_OF_1005)


def test_a_name_is_needed_from_2000_yuan(driver: Driver) -> None:
    driver.control("PUT", "settings", {"transfer_max_fen": 300_000})

    assert refusal(driver.pay("POST", BILLS, driver.bill(driver.customer()["openid"], transfer_amount=200_000))) == (
        400,
        "PARAM_ERROR",
    )


def test_the_same_request_gives_the_same_bill_and_another_is_refused(driver: Driver) -> None:
    bill = waiting_bill(driver)
    reordered = dict(reversed(bill.items()))

    again = driver.pay("POST", BILLS, reordered).json()
    other = driver.pay("POST", BILLS, {**bill, "transfer_amount": 889})

    shown = driver.control("GET", "transfers")["items"]
    assert refusal(other) == (400, "ALREADY_EXISTS")
    assert [(item["transfer_bill_no"], item["requests"]) for item in shown] == [(again["transfer_bill_no"], 3)]


def test_eight_at_once_make_one_bill(driver: Driver) -> None:
    bill = driver.bill(driver.customer()["openid"])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: driver.pay("POST", BILLS, bill).json(), range(8)))

    (shown,) = driver.control("GET", "transfers")["items"]
    assert len({answer["transfer_bill_no"] for answer in answers}) == 1
    assert shown["requests"] == 8


def test_confirming_pays_once(driver: Driver) -> None:
    bill = waiting_bill(driver)
    path = f"transfers/{bill['out_bill_no']}/confirm"

    driver.control("POST", path)
    for name in ("confirm", "expire", "fail"):
        driver.control("POST", f"transfers/{bill['out_bill_no']}/{name}", status=409)

    assert driver.control("GET", "transfers")["paid_fen"] == 888
    answer = driver.pay("GET", f"{BILLS}/out-bill-no/{bill['out_bill_no']}").json()
    assert answer["state"] == "SUCCESS"
    again = driver.pay("POST", BILLS, bill).json()
    assert again["state"] == "SUCCESS"
    assert "package_info" not in again


def test_eight_confirmations_and_a_cancellation_pay_at_most_once(driver: Driver) -> None:
    bill = waiting_bill(driver)
    number = bill["out_bill_no"]

    def act(turn: int) -> int:
        if turn == 4:
            return driver.pay("POST", f"{BILLS}/out-bill-no/{number}/cancel").status_code
        return requests.post(f"{driver.url}/_control/transfers/{number}/confirm", timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(act, range(9)))

    assert statuses.count(200) == 1
    assert driver.control("GET", "transfers")["paid_fen"] in (0, 888)


def test_a_bill_is_cancelled_in_two_steps(driver: Driver, receiver: Receiver) -> None:
    bill = waiting_bill(driver, notify_url=f"{receiver.url}/pay")
    path = f"{BILLS}/out-bill-no/{bill['out_bill_no']}"

    cancelling = driver.pay("POST", f"{path}/cancel").json()["state"]
    waited(lambda: receiver.arrived, bool)

    assert cancelling == "CANCELING"
    assert driver.pay("GET", path).json()["state"] == "CANCELLED"
    assert driver.pay("POST", f"{path}/cancel").json()["state"] == "CANCELLED"
    assert len(receiver.arrived) == 1
    driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm", status=409)


def test_what_is_paid_can_not_be_cancelled(driver: Driver) -> None:
    bill = waiting_bill(driver)
    driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm")

    answer = driver.pay("POST", f"{BILLS}/out-bill-no/{bill['out_bill_no']}/cancel")

    assert refusal(answer) == (400, "INVALID_REQUEST")


def test_unknown_bills_are_not_found(driver: Driver) -> None:
    assert refusal(driver.pay("GET", f"{BILLS}/out-bill-no/none")) == (404, "NOT_FOUND")
    assert refusal(driver.pay("GET", f"{BILLS}/transfer-bill-no/none")) == (404, "NOT_FOUND")
    driver.control("POST", "transfers/none/confirm", status=404)


def test_a_bill_fails_after_24_hours_and_is_forgotten_after_30_days(driver: Driver, clock: MovableClock) -> None:
    bill = waiting_bill(driver)
    path = f"{BILLS}/out-bill-no/{bill['out_bill_no']}"

    clock.advance(24 * 3600)
    overdue = driver.pay("GET", path, timestamp=int(clock())).json()
    clock.advance(30 * 86400)

    assert (overdue["state"], overdue["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    assert refusal(driver.pay("GET", path, timestamp=int(clock()))) == (404, "NOT_FOUND")


def test_an_empty_account_refuses(driver: Driver) -> None:
    driver.control("PUT", "settings", {"balance_fen": 1000})
    first = waiting_bill(driver)
    second = driver.bill(first["openid"])

    assert refusal(driver.pay("POST", BILLS, second)) == (403, "NOT_ENOUGH")
    driver.control("POST", f"transfers/{first['out_bill_no']}/expire")
    assert driver.pay("POST", BILLS, second).status_code == 200


def arrivals(receiver: Receiver, least: int) -> int:
    """How many notifications arrived; waits for the least that must."""
    return waited(lambda: len(receiver.arrived), lambda count: count >= least)


def opened(receiver: Receiver, keys: SandboxKeys) -> Any:
    """What the last notification says."""
    sealed = json.loads(receiver.arrived[-1][2])["resource"]
    cipher, associated = from_base64(sealed["ciphertext"]), sealed["associated_data"].encode()
    return json.loads(AESGCM(keys.apiv3_key.encode()).decrypt(sealed["nonce"].encode(), cipher, associated))


def test_an_expiry_that_time_brings_is_notified_once_without_anybody_asking(
    driver: Driver, clock: MovableClock, receiver: Receiver, keys: SandboxKeys
) -> None:
    bill = waiting_bill(driver, notify_url=f"{receiver.url}/pay")
    waiting_bill(driver)  # nobody is told of this one

    clock.advance(24 * 3600)

    assert arrivals(receiver, 1) == 1
    content = opened(receiver, keys)
    assert (content["out_bill_no"], content["state"]) == (bill["out_bill_no"], "FAIL")
    assert content["fail_reason"] == "OVERDUE_CLOSE"
    headers = receiver.arrived[-1][1]
    assert abs(int(headers["Wechatpay-Timestamp"]) - clock()) < 60
    check_signature(headers, receiver.arrived[-1][2].decode(), keys)


def test_a_notification_of_time_that_is_not_taken_comes_again_later_under_a_new_signature(
    driver: Driver, clock: MovableClock, receiver: Receiver
) -> None:
    waiting_bill(driver, notify_url=f"{receiver.url}/pay")
    receiver.statuses = [500] * 4

    clock.advance(24 * 3600)
    assert arrivals(receiver, 4) == 4
    clock.advance(20)

    assert arrivals(receiver, 5) == 5
    first, last = receiver.arrived[0], receiver.arrived[-1]
    assert json.loads(first[2])["id"] == json.loads(last[2])["id"]
    assert int(last[1]["Wechatpay-Timestamp"]) > int(first[1]["Wechatpay-Timestamp"])


def test_a_cancellation_is_notified_although_the_sandbox_restarts_in_between(
    tmp_path: Path, keys: SandboxKeys, receiver: Receiver
) -> None:
    with SandboxServer(tmp_path, keys) as server:
        driver = Driver(server.url, keys)
        bill = waiting_bill(driver, notify_url=f"{receiver.url}/pay")
        driver.pay("POST", f"{BILLS}/out-bill-no/{bill['out_bill_no']}/cancel")

    with SandboxServer(tmp_path, keys):
        assert arrivals(receiver, 1) == 1

    assert opened(receiver, keys)["state"] == "CANCELLED"


def left_fen(driver: Driver) -> int:
    return int(driver.control("GET", "settings")["balance_fen"])


def test_the_balance_goes_down_with_each_bill_and_comes_back_when_one_does_not_succeed(
    driver: Driver, clock: MovableClock
) -> None:
    earlier = waiting_bill(driver)
    driver.control("PUT", "settings", {"balance_fen": 5000})
    failed, expired, cancelled, overdue, paid = (waiting_bill(driver) for _ in range(5))
    assert left_fen(driver) == 5000 - 5 * 888

    driver.control("POST", f"transfers/{paid['out_bill_no']}/confirm")
    assert left_fen(driver) == 560
    driver.control("POST", f"transfers/{failed['out_bill_no']}/fail")
    assert left_fen(driver) == 560 + 888
    driver.control("POST", f"transfers/{expired['out_bill_no']}/expire")
    assert left_fen(driver) == 560 + 2 * 888
    driver.pay("POST", f"{BILLS}/out-bill-no/{cancelled['out_bill_no']}/cancel")
    clock.advance(1)
    assert left_fen(driver) == 560 + 3 * 888
    driver.control("POST", f"transfers/{earlier['out_bill_no']}/confirm")
    clock.advance(24 * 3600)
    assert left_fen(driver) == 560 + 4 * 888
    assert overdue["out_bill_no"] in {one["out_bill_no"] for one in driver.control("GET", "transfers")["items"]}


def test_the_same_bill_again_costs_nothing_more_and_a_refused_one_costs_nothing(driver: Driver) -> None:
    driver.control("PUT", "settings", {"balance_fen": 1000})
    bill = waiting_bill(driver)

    driver.pay("POST", BILLS, bill)
    driver.pay("POST", BILLS, {**bill, "transfer_amount": 100})
    driver.pay("POST", BILLS, driver.bill("o-nobody", transfer_amount=100))
    driver.pay("POST", BILLS, driver.bill(bill["openid"], transfer_amount=113))

    assert left_fen(driver) == 112
    assert driver.pay("POST", BILLS, driver.bill(bill["openid"], transfer_amount=112)).status_code == 200


def test_many_at_once_never_overdraw_the_account(driver: Driver) -> None:
    driver.control("PUT", "settings", {"balance_fen": 3 * 888 + 10})
    bills = [driver.bill(driver.customer()["openid"]) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda bill: driver.pay("POST", BILLS, bill).status_code, bills))

    assert sorted(statuses) == [200] * 3 + [403] * 5
    assert left_fen(driver) == 10


def test_what_was_paid_before_the_balance_was_set_is_not_taken_from_it(driver: Driver) -> None:
    bill = waiting_bill(driver)
    driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm")

    driver.control("PUT", "settings", {"balance_fen": 888})

    waiting_bill(driver)
    assert left_fen(driver) == 0


def test_an_account_without_a_balance_has_no_limit_again(driver: Driver) -> None:
    driver.control("PUT", "settings", {"balance_fen": 0})
    bill = driver.bill(driver.customer()["openid"])
    assert refusal(driver.pay("POST", BILLS, bill)) == (403, "NOT_ENOUGH")

    assert "balance_fen" not in driver.control("PUT", "settings", {"balance_fen": None})
    assert driver.pay("POST", BILLS, bill).status_code == 200


def test_the_end_is_notified_signed_encrypted_and_retried(
    driver: Driver, receiver: Receiver, keys: SandboxKeys
) -> None:
    bill = waiting_bill(driver, notify_url=f"{receiver.url}/pay")
    receiver.statuses = [500, 204]

    answer = driver.control("POST", f"transfers/{bill['out_bill_no']}/fail", {"fail_reason": "ACCOUNT_FROZEN"})
    again = driver.control("POST", f"transfers/{bill['out_bill_no']}/notify")

    assert answer["callback"] == {"status": 204, "attempts": 2}
    assert again["callback"]["status"] == 200
    _, headers, raw = receiver.arrived[-1]
    check_signature(headers, raw.decode(), keys)
    told = json.loads(raw)
    assert {json.loads(body)["id"] for _, _, body in receiver.arrived} == {told["id"]}
    content = opened(receiver, keys)
    assert (content["state"], content["fail_reason"]) == ("FAIL", "ACCOUNT_FROZEN")
    assert (content["out_bill_no"], content["transfer_amount"]) == (bill["out_bill_no"], 888)


def test_a_notification_can_be_withheld(driver: Driver, receiver: Receiver) -> None:
    bill = waiting_bill(driver, notify_url=f"{receiver.url}/pay")

    answer = driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm", {"callback": False})

    assert (answer["callback"], receiver.arrived) == (None, [])
