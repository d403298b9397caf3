"""Customers whose unionid is not told, and persons with more than one openid."""

from typing import Any

from tests.sandbox.driver import BILLS, Driver


def logged_in(driver: Driver, customer: dict[str, Any]) -> dict[str, Any]:
    """What the app learns at a login."""
    code = driver.control("POST", "js-codes", {"openid": customer["openid"]})["js_code"]
    return dict(driver.login(code))


def known_to_corp(driver: Driver, customer: dict[str, Any]) -> Any:
    """The unionid that WeCom tells, after a member of the staff befriended the customer."""
    body = {"external_userid": customer["external_userid"], "userid": driver.staff(), "callback": False}
    driver.control("POST", "add-contact", body)
    shown = driver.wecom_get("externalcontact/get", external_userid=customer["external_userid"])
    listed = driver.wecom("externalcontact/batch/get_by_user", {"userid_list": ["liming"]})["external_contact_list"]
    told = [one["external_contact"] for one in listed]
    assert shown["external_contact"] in told
    return shown["external_contact"].get("unionid")


def known_in_group(driver: Driver, customer: dict[str, Any]) -> Any:
    chat = driver.control("POST", "groups", {"owner": driver.staff()})["chat_id"]
    driver.control("POST", "join-group", {"chat_id": chat, "external_userid": customer["external_userid"]})
    members = driver.wecom("externalcontact/groupchat/get", {"chat_id": chat})["group_chat"]["member_list"]
    return members[-1].get("unionid")


def test_a_unionid_is_given_unless_it_is_asked_to_be_unknown(driver: Driver) -> None:
    for customer in (driver.customer(), driver.customer(unionid="given")):
        assert customer["unionid"]
        assert logged_in(driver, customer)["unionid"] == customer["unionid"]
        assert known_to_corp(driver, customer) == customer["unionid"]


def test_an_unknown_unionid_is_told_nowhere(driver: Driver) -> None:
    customer = driver.customer(unionid=None)

    assert customer["unionid"] is None
    assert "unionid" not in logged_in(driver, customer)
    assert known_to_corp(driver, customer) is None
    assert known_in_group(driver, customer) is None


def test_a_revealed_unionid_is_told_everywhere_and_stays_the_same(driver: Driver) -> None:
    customer = driver.customer(unionid=None)
    body = {"external_userid": customer["external_userid"]}

    revealed = [driver.control("POST", "reveal-unionid", body) for _ in range(2)]

    unionid = revealed[0]["unionid"]
    assert revealed == [{**body, "unionid": unionid}] * 2
    assert unionid.startswith("o")
    assert logged_in(driver, customer)["unionid"] == unionid
    assert known_to_corp(driver, customer) == unionid
    assert known_in_group(driver, customer) == unionid


def test_one_customer_is_revealed_and_the_others_are_not(driver: Driver) -> None:
    revealed, other = driver.customer(unionid=None), driver.customer(unionid=None)

    driver.control("POST", "reveal-unionid", {"external_userid": revealed["external_userid"]})

    assert "unionid" not in logged_in(driver, other)
    assert known_to_corp(driver, other) is None


def test_a_second_openid_has_phone_unionid_and_contact_of_the_same_person(driver: Driver) -> None:
    first = driver.customer(phone="13800138000", name="王小明")

    second = driver.customer(same_person_as=first["openid"])

    assert second == {**first, "openid": second["openid"]}
    assert second["openid"] != first["openid"]
    assert logged_in(driver, second)["unionid"] == logged_in(driver, first)["unionid"]
    code = driver.control("POST", "phone-codes", {"openid": second["openid"]})["phone_code"]
    number = driver.mini("/wxa/business/getuserphonenumber", {"code": code})["phone_info"]["phoneNumber"]
    assert number == "13800138000"


def test_a_second_openid_can_hide_the_unionid_that_the_first_tells(driver: Driver) -> None:
    first = driver.customer()

    second = driver.customer(same_person_as=first["openid"], unionid=None)

    assert (second["unionid"], second["phone"]) == (None, first["phone"])
    assert "unionid" not in logged_in(driver, second)
    assert logged_in(driver, first)["unionid"] == known_to_corp(driver, second) == first["unionid"]


def test_a_second_openid_can_tell_the_unionid_that_the_first_and_the_corp_do_not(driver: Driver) -> None:
    first = driver.customer(unionid=None)
    second = driver.customer(same_person_as=first["openid"])

    assert logged_in(driver, second)["unionid"] == second["unionid"] is not None
    assert "unionid" not in logged_in(driver, first)
    assert known_to_corp(driver, first) is None

    driver.control("POST", "reveal-unionid", {"external_userid": first["external_userid"]})
    assert logged_in(driver, first)["unionid"] == known_to_corp(driver, first) == second["unionid"]


def test_each_openid_has_its_own_wallet_and_its_own_subscriptions(driver: Driver) -> None:
    first = driver.customer()
    second = driver.customer(same_person_as=first["openid"])
    driver.pay("POST", BILLS, driver.bill(second["openid"]))

    left = driver.control("POST", "subscriptions", {"openid": second["openid"], "times": 5})["left"]

    assert left == 15
    assert driver.control("POST", "subscriptions", {"openid": first["openid"], "times": 0})["left"] == 10
    (shown,) = driver.control("GET", "transfers")["items"]
    assert shown["openid"] == second["openid"]


def test_a_contact_with_two_openids_is_listed_once(driver: Driver) -> None:
    first = driver.contact(driver.staff())
    driver.customer(same_person_as=first["openid"])

    listed = driver.wecom("externalcontact/batch/get_by_user", {"userid_list": ["liming"]})["external_contact_list"]

    assert [one["external_contact"]["external_userid"] for one in listed] == [first["external_userid"]]


def test_the_same_person_has_no_other_phone(driver: Driver) -> None:
    first = driver.customer(phone="13800138000")
    body = {"same_person_as": first["openid"]}

    driver.control("POST", "customers", {**body, "phone": "13800138001"}, status=400)
    assert driver.control("POST", "customers", {**body, "phone": "13800138000"})["phone"] == "13800138000"


def test_a_follower_of_the_official_account_has_an_openid_of_it(driver: Driver) -> None:
    follower, other = driver.customer(oa=True), driver.customer()

    again = driver.customer(same_person_as=follower["openid"], oa=True)

    assert follower["oa_openid"] == again["oa_openid"] not in (follower["openid"], again["openid"])
    assert "oa_openid" not in other
