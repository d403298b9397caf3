"""WeCom events as they arrive at siyu: encrypted, signed, retried."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from infra.local.sandbox import crypto
from infra.local.sandbox.keys import SandboxKeys
from tests.sandbox.driver import Driver, Receiver


def event(receiver: Receiver, keys: SandboxKeys, index: int = -1) -> dict[str, str]:
    """The event's fields, after signature and receive id were checked."""
    query = receiver.query(index)
    encrypted = ET.fromstring(receiver.arrived[index][2]).findtext("Encrypt") or ""
    signed = (keys.callback_token, query["timestamp"], query["nonce"], encrypted)
    assert crypto.verify_callback(*signed, query["msg_signature"])
    plaintext, receive_id = crypto.decrypt_event(encrypted, keys.encoding_aes_key)
    assert receive_id == keys.corp_id
    return {child.tag: child.text or "" for child in ET.fromstring(plaintext)}


def pair(driver: Driver, **more: Any) -> dict[str, Any]:
    return {"external_userid": driver.customer()["external_userid"], "userid": driver.staff(), **more}


def test_adding_a_contact_raises_an_event_with_state_and_welcome_code(
    driver: Driver, receiver: Receiver, keys: SandboxKeys
) -> None:
    body = pair(driver, state="badge<&>")

    answer = driver.control("POST", "add-contact", body)

    told = event(receiver, keys)
    assert answer["callback"] == {"status": 200, "attempts": 1}
    assert (told["Event"], told["ChangeType"]) == ("change_external_contact", "add_external_contact")
    assert (told["UserID"], told["ExternalUserID"]) == (body["userid"], body["external_userid"])
    assert told["State"] == "badge<&>"
    assert told["WelcomeCode"] == answer["welcome_code"]


def test_no_welcome_code_for_those_who_are_contacts_or_have_their_own(
    driver: Driver, receiver: Receiver, keys: SandboxKeys
) -> None:
    body = pair(driver)
    own = {**body, "userid": driver.staff("own", own_welcome=True)}

    driver.control("POST", "add-contact", body)
    for again in (body, own, {**pair(driver), "welcome": False}):
        assert driver.control("POST", "add-contact", again)["welcome_code"] is None
        assert "WelcomeCode" not in event(receiver, keys)


def test_leaving_raises_the_event_of_whoever_left(driver: Driver, receiver: Receiver, keys: SandboxKeys) -> None:
    changes = []
    for actor in ("customer", "staff"):
        body = pair(driver)
        driver.control("POST", "add-contact", {**body, "callback": False})
        driver.control("POST", "delete-contact", {**body, "by": actor})
        changes.append(event(receiver, keys)["ChangeType"])

    assert changes == ["del_follow_user", "del_external_contact"]
    driver.control("POST", "delete-contact", body, status=409)


def test_callback_false_changes_the_relation_in_silence(driver: Driver, receiver: Receiver) -> None:
    body = pair(driver, callback=False)

    assert driver.control("POST", "add-contact", body)["callback"] is None
    assert receiver.arrived == []
    assert driver.wecom_get("externalcontact/list", userid=body["userid"])["errcode"] == 0


def test_a_failed_delivery_is_retried_three_times_with_the_same_bytes(driver: Driver, receiver: Receiver) -> None:
    receiver.statuses = [500, 502]
    recovered = driver.control("POST", "add-contact", pair(driver))["callback"]
    receiver.statuses = [500] * 9
    given_up = driver.control("POST", "add-contact", pair(driver))["callback"]

    assert recovered == {"status": 200, "attempts": 3}
    assert given_up == {"status": 500, "attempts": 4}
    assert receiver.arrived[0] == receiver.arrived[2]


def test_any_event_can_be_raised_at_any_time_any_number_of_times(
    driver: Driver, receiver: Receiver, keys: SandboxKeys
) -> None:
    xml = "<xml><Event>unheard_of</Event></xml>"

    answer = driver.control("POST", "callback", {"xml": xml, "timestamp": 1_000_000_000, "times": 3})

    assert len(answer["deliveries"]) == len(receiver.arrived) == 3
    assert receiver.query()["timestamp"] == "1000000000"
    assert event(receiver, keys) == {"Event": "unheard_of"}
    assert receiver.arrived[0] == receiver.arrived[2]


def test_without_an_address_the_answer_says_so(driver: Driver) -> None:
    callback = driver.control("POST", "add-contact", pair(driver))["callback"]

    assert callback["attempts"] == 0
    assert re.search("callback URL", callback["error"])


def test_nobody_at_the_address_is_reported(driver: Driver) -> None:
    driver.control("PUT", "settings", {"wecom_callback_url": "http://127.0.0.1:9/none"})

    callback = driver.control("POST", "callback", {"xml": "<xml/>"})["callback"]

    assert (callback["status"], callback["attempts"], callback["error"]) == (None, 4, "ConnectionError")
