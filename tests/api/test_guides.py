"""HTTP contract of guides and of WeCom's callbacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local.sandbox import crypto
from infra.local.sandbox.keys import SandboxKeys
from tests.support import drain

JSON = {"Content-Type": "application/json"}
_numbers = count()


def make_guide(http: Any, admin: dict[str, str], **more: Any) -> Any:
    body = {"name": "小李", "userid": f"api-guide-{next(_numbers)}", **more.pop("body", {})}
    return http.post("/admin/guides", headers={**admin, **more}, body=json.dumps(body).encode())


def staff_headers(http: Any, sandbox: Any, userid: str) -> dict[str, str]:
    code = sandbox.control("POST", "staff-codes", {"userid": userid})["code"]
    answer = http.post("/auth/wecom", headers=JSON, body=json.dumps({"code": code}).encode())
    assert answer.status_code == 200, answer.body
    assert answer.json_body["role"] == "guide"
    return {**JSON, "Authorization": f"Bearer {answer.json_body['token']}"}


@pytest.fixture
def guide(http: Any, sandbox: Any, admin: dict[str, str]) -> dict[str, Any]:
    """A guide and the headers of the guide's sidebar."""
    made = make_guide(http, admin).json_body
    return {**made, "headers": staff_headers(http, sandbox, made["userid"])}


def ways_made(sandbox: Any) -> int:
    calls = sandbox.control("GET", "calls")["items"]
    return sum(call["path"].endswith("add_contact_way") and call["result"] in ("0", 0, "ok") for call in calls)


def test_a_guide_gets_a_badge_and_a_printed_code(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    made = make_guide(http, admin)

    assert made.status_code == 201
    assert len(made.json_body["badge"]) == 32
    assert made.json_body["qr_code"].startswith(sandbox.url)
    listed = http.get("/admin/guides?limit=200", headers=admin).json_body["items"]
    assert made.json_body in listed


def test_one_idempotency_key_makes_one_guide_with_one_code(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    body = {"userid": "twice"}

    first = make_guide(http, admin, body=body, **{"Idempotency-Key": "twice"})
    calls = len(sandbox.control("GET", "calls")["items"])
    second = make_guide(http, admin, body=body, **{"Idempotency-Key": "twice"})

    assert first.json_body == second.json_body
    assert len(sandbox.control("GET", "calls")["items"]) == calls


def test_a_userid_that_is_a_guide_is_refused(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    make_guide(http, admin, body={"userid": "taken"})

    refused = make_guide(http, admin, body={"userid": "taken"})

    assert refused.status_code == 409
    assert refused.json_body["error"]["code"] == "already_exists"


def test_a_userid_in_other_letters_is_the_same_guide(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    made = make_guide(http, admin, body={"userid": "\u200bZhangSan\u00a0"})

    again = make_guide(http, admin, body={"userid": "zhangsan"})
    role = http.put("/admin/staff/ZHANGSAN", headers=admin, body=b'{"role": "manager"}')

    assert made.json_body["userid"] == "ZhangSan"
    assert again.status_code == 409
    assert (role.json_body["userid"], role.json_body["guide_id"]) == ("ZHANGSAN", made.json_body["guide_id"])


@pytest.mark.parametrize("userid", ["@all", "a|b", "li si", "李四", "-a", "a" * 65, "\u200b", "a\ud800"])
def test_what_can_be_nobodys_userid_is_refused(http: Any, admin: dict[str, str], userid: str) -> None:
    answer = make_guide(http, admin, body={"userid": userid})

    assert answer.status_code == 400, answer.body


@pytest.mark.parametrize("userid", ["@all", "a%7Cb", "li%20si", "%E6%9D%8E", "%ED%A0%80", "%00"])
def test_nobodys_userid_gets_a_role(http: Any, admin: dict[str, str], userid: str) -> None:
    answer = http.put(f"/admin/staff/{userid}", headers=admin, body=b'{"role": "admin"}')

    assert (answer.status_code, answer.json_body["error"]["param"]) == (400, "userid")


def test_wecoms_refusal_is_told_and_can_be_mended(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    sandbox.control("POST", "staff", {"userid": "unreal", "name": "U", "real_name": False})
    key = {"Idempotency-Key": "unreal"}

    refused = make_guide(http, admin, body={"userid": "unreal"}, **key)
    sandbox.control("POST", "staff", {"userid": "unreal", "name": "U"})
    mended = make_guide(http, admin, body={"userid": "unreal"}, **key)

    assert refused.status_code == 422
    assert mended.status_code == 201
    assert mended.json_body["qr_code"]


def test_the_sidebar_shows_who_i_am(http: Any, guide: dict[str, Any]) -> None:
    mine = http.get("/guides/me", headers=guide["headers"])

    assert mine.json_body["badge"] == guide["badge"]
    assert mine.json_body["qr_code"] == guide["qr_code"]


def test_only_staff_log_in_from_wecom(http: Any, sandbox: Any) -> None:
    code = sandbox.control("POST", "staff-codes", {"openid": sandbox.customer()["openid"]})["code"]
    body = json.dumps({"code": code}).encode()

    stranger = http.post("/auth/wecom", headers=JSON, body=body)
    used = http.post("/auth/wecom", headers=JSON, body=body)

    assert stranger.status_code == 403
    assert used.status_code == 401


def test_a_role_is_read_at_each_login(http: Any, sandbox: Any, admin: dict[str, str]) -> None:
    sandbox.control("POST", "staff", {"userid": "boss", "name": "B"})

    made = http.put("/admin/staff/boss", headers=admin, body=b'{"role": "admin"}')
    code = sandbox.control("POST", "staff-codes", {"userid": "boss"})["code"]
    login = http.post("/auth/wecom", headers=JSON, body=json.dumps({"code": code}).encode()).json_body
    headers = {"Authorization": f"Bearer {login['token']}"}

    assert made.json_body == {"userid": "boss", "role": "admin", "guide_id": None, "store_ids": []}
    assert login["role"] == "admin"
    assert http.get("/admin/guides", headers=headers).status_code == 200
    assert http.get("/guides/me", headers=headers).status_code == 404
    assert http.get("/guides/me/members", headers=headers).json_body["items"] == []


def test_the_sidebar_gets_its_signatures(http: Any, guide: dict[str, Any], keys: SandboxKeys) -> None:
    answer = http.get(
        "/wecom/js-config?" + urlencode({"url": "https://brand.example/sidebar"}), headers=guide["headers"]
    )

    assert answer.status_code == 200, answer.body
    assert answer.json_body["corp_id"] == keys.corp_id
    assert len(answer.json_body["signature"]) == len(answer.json_body["agent_signature"]) == 40


def test_the_binding_policy_can_be_set(http: Any, admin: dict[str, str]) -> None:
    before = http.get("/admin/binding-policy", headers=admin).json_body

    changed = http.put("/admin/binding-policy", headers=admin, body=b'{"kind": "protected", "days": 30}')
    http.put("/admin/binding-policy", headers=admin, body=json.dumps(before).encode())

    assert before == {"kind": "last_wins", "days": 0, "groups": False}
    assert changed.json_body == {"kind": "protected", "days": 30, "groups": False}


@pytest.fixture
def door(http: Any, sandbox: Any) -> Iterator[None]:
    """The API behind a socket, so that the sandbox's callbacks arrive; nothing waits of those that came before."""
    drain("guides-contacts")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = http.post(self.path, headers={"Content-Type": self.headers["Content-Type"]}, body=body)
            self.send_response(answer.status_code)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/callbacks/wecom"
    sandbox.control("PUT", "settings", {"wecom_callback_url": url})
    try:
        yield
    finally:
        sandbox.control("PUT", "settings", {"wecom_callback_url": ""})
        server.shutdown()
        thread.join()
        server.server_close()


def work_off(queue: str, handler: Any) -> int:
    """Hand everything that waits on a queue to its function, as Lambda does; how many there were."""
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url

    done = 0
    while True:
        messages = client("sqs").receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            return done
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
            }
            for message in messages
        ]
        assert handler({"Records": records}, None)["batchItemFailures"] == []
        for message in messages:
            client("sqs").delete_message(QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"])
        done += len(messages)


def test_adding_a_guide_in_wecom_makes_a_bound_member(
    http: Any, sandbox: Any, guide: dict[str, Any], door: None, admin: dict[str, str]
) -> None:
    from functions.guides_contacts import guides_contacts

    customer = sandbox.customer()
    added = sandbox.control(
        "POST", "add-contact", {"external_userid": customer["external_userid"], "userid": guide["userid"]}
    )
    assert added["callback"]["status"] == 200, added
    assert work_off("guides-contacts", guides_contacts) >= 1

    login = http.post(
        "/auth/mini-program",
        headers=JSON,
        body=json.dumps({"js_code": sandbox.js_code(customer["openid"])}).encode(),
    ).json_body
    mine = http.get("/guides/me/members", headers=guide["headers"]).json_body["items"]
    one = http.get(f"/guides/me/members/{login['member']['member_id']}", headers=guide["headers"])
    other = staff_headers(http, sandbox, make_guide(http, admin).json_body["userid"])

    assert (login["is_new"], login["member"]["guide_id"]) == (False, guide["guide_id"])
    assert [(row["member_id"], row["followed"]) for row in mine] == [(login["member"]["member_id"], True)]
    assert one.json_body["bound_by"] == "contact_added"
    assert [row["kind"] for row in one.json_body["timeline"]] == ["contact_added", "joined"]
    assert http.get(f"/guides/me/members/{login['member']['member_id']}", headers=other).status_code == 404
    assert welcomes(sandbox, customer) == 1


def test_losing_the_contact_keeps_the_binding(http: Any, sandbox: Any, guide: dict[str, Any], door: None) -> None:
    from functions.guides_contacts import guides_contacts

    customer = sandbox.customer()
    pair = {"external_userid": customer["external_userid"], "userid": guide["userid"]}
    added = contact_event(guide, customer, 1_767_225_600)
    sandbox.control("POST", "add-contact", {**pair, "callback": False})
    sandbox.control("POST", "callback", {"xml": added})
    sandbox.control("POST", "delete-contact", pair)
    work_off("guides-contacts", guides_contacts)

    login = http.post(
        "/auth/mini-program",
        headers=JSON,
        body=json.dumps({"js_code": sandbox.js_code(customer["openid"])}).encode(),
    ).json_body

    assert login["member"]["guide_id"] == guide["guide_id"]
    assert http.get("/guides/me/members", headers=guide["headers"]).json_body["items"] == []


def test_a_repeated_callback_greets_once(http: Any, sandbox: Any, guide: dict[str, Any], door: None) -> None:
    from functions.guides_contacts import guides_contacts

    customer = sandbox.customer()
    pair = {"external_userid": customer["external_userid"], "userid": guide["userid"]}
    code = sandbox.control("POST", "add-contact", {**pair, "callback": False})["welcome_code"]
    xml = contact_event(guide, customer, 1_767_225_700, WelcomeCode=code)

    sent = sandbox.control("POST", "callback", {"xml": xml, "times": 3})

    assert [one["status"] for one in sent["deliveries"]] == [200, 200, 200]
    assert welcomes(sandbox, customer) == 1
    assert work_off("guides-contacts", guides_contacts) == 1


def test_a_welcome_that_fails_does_not_fail_the_callback(sandbox: Any, guide: dict[str, Any], door: None) -> None:
    customer = sandbox.customer()
    xml = contact_event(guide, customer, 1_767_225_800, WelcomeCode="used-or-late")

    assert sandbox.control("POST", "callback", {"xml": xml})["callback"]["status"] == 200


def test_an_unknown_event_is_answered_200(sandbox: Any, door: None) -> None:
    xml = "<xml><Event>change_moon_phase</Event><CreateTime>1767225600</CreateTime></xml>"

    assert sandbox.control("POST", "callback", {"xml": xml})["callback"]["status"] == 200


def test_a_stale_callback_is_refused(sandbox: Any, guide: dict[str, Any], door: None) -> None:
    xml = contact_event(guide, sandbox.customer(), 1_767_225_900)

    stale = sandbox.control("POST", "callback", {"xml": xml, "timestamp": 1_767_225_900})

    assert stale["callback"]["status"] == 401


def test_wecom_hears_its_echo_in_plain_text(http: Any, stack: str, keys: SandboxKeys) -> None:
    query = signed_query(keys, crypto.encrypt_event("1616140317555161061", keys.encoding_aes_key, keys.corp_id))

    echo = http.get(f"/callbacks/wecom?{query}")

    assert echo.status_code == 200
    assert echo.body == b"1616140317555161061"
    assert echo.headers["Content-Type"].startswith("text/plain")


def test_a_changed_bit_and_a_foreign_corp_and_a_bomb_are_refused(http: Any, stack: str, keys: SandboxKeys) -> None:
    echo = crypto.encrypt_event("1", keys.encoding_aes_key, keys.corp_id)
    foreign = crypto.encrypt_event("1", keys.encoding_aes_key, "ww-another-corp")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aa">]><xml><Encrypt>&a;</Encrypt></xml>'

    changed = http.get(f"/callbacks/wecom?{signed_query(keys, echo)}0")
    other = http.get(f"/callbacks/wecom?{signed_query(keys, foreign)}")
    blown = http.post(f"/callbacks/wecom?{signed_query(keys, echo)}", headers={}, body=bomb)

    assert [changed.status_code, other.status_code, blown.status_code] == [401, 400, 400]


def signed_query(keys: SandboxKeys, encrypted: str) -> str:
    from chalicelib.kernel import clock

    seconds = str(clock.now() // 1000)
    signature = crypto.callback_signature(keys.callback_token, seconds, "n", encrypted)
    return urlencode({"timestamp": seconds, "nonce": "n", "echostr": encrypted, "msg_signature": signature})


def contact_event(guide: dict[str, Any], customer: dict[str, str], at: int, **more: str) -> str:
    fields = {
        "Event": "change_external_contact",
        "ChangeType": "add_external_contact",
        "UserID": guide["userid"],
        "ExternalUserID": customer["external_userid"],
        "CreateTime": str(at),
        **more,
    }
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</xml>"


def welcomes(sandbox: Any, customer: dict[str, str]) -> int:
    found = sandbox.control("GET", "messages")["items"]
    return sum(
        message.get("external_userid") == customer["external_userid"] and message["kind"] == "welcome"
        for message in found
    )
