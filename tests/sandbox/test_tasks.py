"""What staff and customers do later: mass messages, tags, handovers."""

from typing import Any

import pytest

from tests.sandbox.driver import Driver, MovableClock, Receiver

ADD = "externalcontact/add_msg_template"
RESULT = "externalcontact/get_groupmsg_send_result"
TEXT = {"text": {"content": "会员日"}}


def leave(driver: Driver, customer: Any, userid: str) -> None:
    body = {"external_userid": customer["external_userid"], "userid": userid, "callback": False}
    driver.control("POST", "delete-contact", body)


def test_a_mass_message_is_not_sent_before_staff_confirm(driver: Driver) -> None:
    customer = driver.contact(driver.staff())
    asked = [customer["external_userid"], "wm-nobody"]

    made = driver.wecom(ADD, {"external_userid": asked, **TEXT})
    before = driver.control("GET", "messages")["items"]
    task = driver.wecom("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    confirmed = driver.control("POST", f"mass/{made['msgid']}/confirm", {"userid": "liming"})
    done = driver.wecom("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    result = driver.wecom(RESULT, {"msgid": made["msgid"], "userid": "liming"})["send_list"]

    assert (made["fail_list"], before) == (["wm-nobody"], [])
    assert task == [{"userid": "liming", "status": 0}]
    assert (confirmed["confirmed"], confirmed["sent"]) == (["liming"], 1)
    assert (done[0]["status"], result[0]["status"]) == (2, 1)
    (shown,) = driver.control("GET", "messages")["items"]
    assert (shown["kind"], shown["external_userid"]) == ("mass", customer["external_userid"])
    assert (shown["medium"], shown["msgid"]) == ("wecom", made["msgid"])


def test_the_member_who_became_a_contact_last_gets_the_task(driver: Driver, clock: MovableClock) -> None:
    first, last = driver.staff("first"), driver.staff("last")
    customer = driver.contact(first)
    clock.advance(1)
    pair = {"external_userid": customer["external_userid"], "userid": last, "callback": False}
    driver.control("POST", "add-contact", pair)

    made = driver.wecom(ADD, {"external_userid": [customer["external_userid"]], **TEXT})

    tasks = driver.wecom("externalcontact/get_groupmsg_task", {"msgid": made["msgid"]})["task_list"]
    assert [task["userid"] for task in tasks] == [last]


def test_who_left_is_not_reached_and_a_second_confirmation_sends_nothing(driver: Driver) -> None:
    userid = driver.staff()
    stays, leaves = driver.contact(userid), driver.contact(userid)
    msgid = driver.wecom(ADD, {"sender": userid, **TEXT})["msgid"]
    leave(driver, leaves, userid)

    sent = [driver.control("POST", f"mass/{msgid}/confirm")["sent"] for _ in range(2)]

    result = driver.wecom(RESULT, {"msgid": msgid, "userid": userid})["send_list"]
    assert sent == [1, 0]
    assert {one["external_userid"]: one["status"] for one in result} == {
        stays["external_userid"]: 1,
        leaves["external_userid"]: 2,
    }


def test_a_customer_gets_as_many_mass_messages_as_the_month_has_days(driver: Driver) -> None:
    userid = driver.staff()
    customer = driver.contact(userid)
    body = {"external_userid": [customer["external_userid"]], **TEXT}

    msgids = [driver.wecom(ADD, body)["msgid"] for _ in range(32)]
    sent = [driver.control("POST", f"mass/{msgid}/confirm")["sent"] for msgid in msgids]

    assert sent[:28] == [1] * 28
    assert sent[31] == 0
    last = driver.wecom(RESULT, {"msgid": msgids[31], "userid": userid})["send_list"]
    assert last[0]["status"] == 3


def test_a_cancelled_mass_message_can_not_be_confirmed(driver: Driver) -> None:
    driver.contact(driver.staff())
    msgid = driver.wecom(ADD, {"sender": "liming", **TEXT})["msgid"]

    driver.wecom("externalcontact/cancel_groupmsg_send", {"msgid": msgid})

    driver.control("POST", f"mass/{msgid}/confirm", status=409)


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40058),
        (TEXT, 40058),
        ({"sender": "ghost", **TEXT}, 40003),
        ({"sender": "liming", **TEXT}, 41048),
        ({"external_userid": ["wm-x"] * 10_001, **TEXT}, 40058),
        ({"chat_type": "group", "sender": "liming", **TEXT}, 40058),
    ],
)
def test_a_wrong_mass_message_is_refused(driver: Driver, body: dict[str, Any], errcode: int) -> None:
    driver.staff()

    assert driver.wecom(ADD, body)["errcode"] == errcode


def test_a_tag_filter_chooses_customers(driver: Driver) -> None:
    userid = driver.staff()
    marked, _ = driver.contact(userid), driver.contact(userid)
    group = driver.wecom("externalcontact/add_corp_tag", {"group_name": "等级", "tag": [{"name": "金卡"}]})
    tag = group["tag_group"]["tag"][0]["id"]
    mark = {"userid": userid, "external_userid": marked["external_userid"], "add_tag": [tag]}
    driver.wecom("externalcontact/mark_tag", mark)

    tag_filter = {"group_list": [{"tag_list": [tag]}]}
    msgid = driver.wecom(ADD, {"sender": userid, "tag_filter": tag_filter, **TEXT})["msgid"]

    result = driver.wecom(RESULT, {"msgid": msgid, "userid": userid})["send_list"]
    assert [one["external_userid"] for one in result] == [marked["external_userid"]]


def test_tags_are_made_once_marked_per_follower_and_removed(driver: Driver) -> None:
    userid = driver.staff()
    customer = driver.contact(userid)
    body = {"group_name": "等级", "tag": [{"name": "金卡"}, {"name": "银卡"}]}
    group = driver.wecom("externalcontact/add_corp_tag", body)["tag_group"]
    gold, silver = (tag["id"] for tag in group["tag"])
    pair = {"userid": userid, "external_userid": customer["external_userid"]}

    again = driver.wecom("externalcontact/add_corp_tag", body)
    driver.wecom("externalcontact/mark_tag", {**pair, "add_tag": [gold, silver]})
    driver.wecom("externalcontact/mark_tag", {**pair, "remove_tag": [silver]})

    shown = driver.wecom_get("externalcontact/get", external_userid=customer["external_userid"])
    assert again["errcode"] == 40071
    assert [tag["tag_name"] for tag in shown["follow_user"][0]["tags"]] == ["金卡"]
    listed = driver.wecom("externalcontact/get_corp_tag_list", {"tag_id": [gold]})["tag_group"]
    assert [[tag["name"] for tag in one["tag"]] for one in listed] == [["金卡"]]


def test_wrong_marks_are_refused(driver: Driver) -> None:
    userid = driver.staff()
    pair = {"userid": userid, "external_userid": driver.contact(userid)["external_userid"]}
    stranger = {"userid": userid, "external_userid": driver.customer()["external_userid"]}

    assert driver.wecom("externalcontact/mark_tag", {**pair, "add_tag": ["et-none"]})["errcode"] == 40068
    assert driver.wecom("externalcontact/mark_tag", {**stranger, "add_tag": ["et-none"]})["errcode"] == 84061
    assert driver.wecom("externalcontact/mark_tag", pair)["errcode"] == 40058
    long = {"group_name": "等级", "tag": [{"name": "长" * 31}]}
    assert driver.wecom("externalcontact/add_corp_tag", long)["errcode"] == 40058


def handover(driver: Driver, customers: list[str], name: str = "transfer_customer") -> list[int]:
    body = {"handover_userid": "old", "takeover_userid": "new", "external_userid": customers}
    answer = driver.wecom(f"externalcontact/{name}", body)
    return [one["errcode"] for one in answer["customer"]]


def status_of(driver: Driver, name: str = "transfer_result") -> list[int]:
    body = {"handover_userid": "old", "takeover_userid": "new"}
    return [one["status"] for one in driver.wecom(f"externalcontact/{name}", body)["customer"]]


def test_a_handover_waits_then_moves_the_customer_and_tells_both(driver: Driver, receiver: Receiver) -> None:
    old, new = driver.staff("old"), driver.staff("new")
    customer = driver.contact(old)["external_userid"]

    assert handover(driver, [customer, "wm-nobody", driver.customer()["external_userid"]]) == [0, 40096, 40131]
    assert handover(driver, [customer]) == [40129]
    assert status_of(driver) == [2]
    ended = driver.control("POST", "handovers", {"external_userid": customer})
    assert status_of(driver) == [1]

    shown = driver.wecom_get("externalcontact/get", external_userid=customer)
    assert [one["userid"] for one in shown["follow_user"]] == [new]
    assert ended["callback"]["status"] == 200
    assert len(receiver.arrived) == 2


def test_a_refused_handover_leaves_the_customer_where_they_were(driver: Driver, receiver: Receiver) -> None:
    old, _ = driver.staff("old"), driver.staff("new")
    customer = driver.contact(old)["external_userid"]
    handover(driver, [customer])

    driver.control("POST", "handovers", {"external_userid": customer, "result": "refused"})

    assert status_of(driver) == [3]
    assert driver.wecom_get("externalcontact/list", userid=old)["external_userid"] == [customer]


def test_nobody_is_handed_over_three_times_in_90_days(driver: Driver, clock: MovableClock) -> None:
    driver.staff("old")
    driver.staff("new")
    customer = driver.contact("old")["external_userid"]
    codes = []
    for _ in range(3):
        codes += handover(driver, [customer])
        if codes[-1] == 0:
            driver.control("POST", "handovers", {"external_userid": customer, "result": "limit", "callback": False})
    clock.advance(91 * 86400)

    assert codes == [0, 0, 40128]
    assert handover(driver, [customer]) == [0]


def test_silence_for_24_hours_is_consent(driver: Driver, clock: MovableClock) -> None:
    driver.staff("old")
    driver.staff("new")
    handover(driver, [driver.contact("old")["external_userid"]])
    clock.advance(86401)

    assert status_of(driver) == [1]


def test_customers_of_one_who_left_are_listed_and_handed_over(driver: Driver) -> None:
    driver.staff("old")
    driver.staff("new")
    customer = driver.contact("old")["external_userid"]
    too_early = handover(driver, [customer], "resigned/transfer_customer")
    driver.staff("old", resigned=True)

    listed = driver.wecom("externalcontact/get_unassigned_list", {})
    moved = handover(driver, [customer], "resigned/transfer_customer")

    assert (too_early, moved) == ([40097], [0])
    assert [(one["handover_userid"], one["external_userid"]) for one in listed["info"]] == [("old", customer)]
    assert driver.wecom("externalcontact/get_unassigned_list", {})["info"] == []
    assert status_of(driver, "resigned/transfer_result") == [2]
