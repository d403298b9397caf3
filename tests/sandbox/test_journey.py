"""One customer's way through all three hosts."""

from tests.sandbox.driver import BILLS, Driver, Receiver


def test_a_customer_logs_in_meets_a_guide_and_takes_a_red_packet(driver: Driver, receiver: Receiver) -> None:
    customer, userid = driver.customer(), driver.staff()
    session = driver.login(driver.control("POST", "js-codes", {"openid": customer["openid"]})["js_code"])
    phone_code = driver.control("POST", "phone-codes", {"openid": customer["openid"]})["phone_code"]
    phone = driver.mini("/wxa/business/getuserphonenumber", {"code": phone_code})

    way = driver.wecom("externalcontact/add_contact_way", {"type": 1, "scene": 2, "user": [userid], "state": "b1"})
    pair = {"external_userid": customer["external_userid"], "userid": userid, "state": "b1"}
    added = driver.control("POST", "add-contact", pair)
    welcome = {"welcome_code": added["welcome_code"], "text": {"content": "你好"}}
    greeted = driver.wecom("externalcontact/send_welcome_msg", welcome)

    bill = driver.bill(customer["openid"], notify_url=f"{receiver.url}/callbacks/wechat-pay")
    created = driver.pay("POST", BILLS, bill).json()
    taken = driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm", {})

    assert session["unionid"] == customer["unionid"]
    assert phone["phone_info"]["purePhoneNumber"] == customer["phone"]
    assert way["errcode"] == 0
    assert way["qr_code"].startswith(driver.url)
    assert added["callback"] == {"status": 200, "attempts": 1}
    assert greeted["errcode"] == 0
    assert created["state"] == "WAIT_USER_CONFIRM"
    assert created["package_info"]
    assert taken["callback"] == {"status": 200, "attempts": 1}
    assert driver.control("GET", "transfers")["paid_fen"] == 888
    assert [item["kind"] for item in driver.control("GET", "messages")["items"]] == ["welcome"]
