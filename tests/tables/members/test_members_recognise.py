"""One person, one member: races, crashes, merges and what a login costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel import ids

NOW = 1_767_225_600_000
_people = count()


def person(*kinds: str) -> dict[str, str]:
    """Identities of somebody new."""
    number = next(_people)
    values = {"openid": f"o{number}", "unionid": f"u{number}", "external_userid": f"x{number}"}
    values["phone"] = f"139{number:08d}"
    return {kind: values[kind] for kind in kinds or ("openid", "unionid")}


def recognise(identities: dict[str, str], **more: Any) -> Any:
    from chalicelib.members import service

    return service.recognise(identities, **{"channel_id": None, "origin": "mini_program", "now": NOW, **more})


def test_a_first_login_costs_three_writes_and_one_read_unit(spending: Callable[[], Any]) -> None:
    with spending() as spent:
        recognised = recognise(person())

    print("first login", spent.wru, "WRU", spent.rru, "RRU", spent.calls)
    assert recognised.is_new
    assert spent.wru == 3
    assert spent.rru <= 1


def test_a_known_person_logs_in_without_a_write(spending: Callable[[], Any]) -> None:
    identities = person()
    first = recognise(identities)

    with spending() as spent:
        again = recognise(identities, now=NOW + 1)

    assert again.member_id == first.member_id
    assert not again.is_new
    assert spent.wru == 0
    assert spent.rru <= 1.5


def test_logins_at_the_same_instant_make_one_member(stack: str) -> None:
    identities = person()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: recognise(identities), range(8)))

    assert len({one.member_id for one in found}) == 1
    assert sum(one.is_new for one in found) == 1


def test_two_devices_of_one_unionid_are_one_member(stack: str) -> None:
    mine, other = person(), person()
    other["unionid"] = mine["unionid"]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(recognise, [mine, other]))

    assert len({one.member_id for one in found}) == 1
    assert sum(one.is_new for one in found) == 1


@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_crash_after_any_write_heals_at_the_next_login(crashing: Callable[[int], Any], write: int) -> None:
    from chalicelib.members import service

    identities = person()
    with pytest.raises(SystemExit), crashing(write):
        recognise(identities)

    healed = recognise(identities)

    # After the third write the member is born: the answer was lost, the birth was not.
    assert healed.is_new == (write < 3)
    assert {service.member_of(kind, value) for kind, value in identities.items()} == {healed.member_id}
    assert not recognise(identities).is_new


def test_a_write_that_boto3_sends_twice_recognises_itself(stack: str) -> None:
    from chalicelib.members import tables as member_tables

    member_id = ids.new_id("member", NOW)
    fields = {"made_by": "one-attempt", "created_at": NOW, "ids": {"x"}}

    first = member_tables.create_profile(member_id, fields)
    second = member_tables.create_profile(member_id, fields)
    foreign = member_tables.create_profile(member_id, {**fields, "made_by": "another"})

    assert (first[1], second[1], foreign[1]) == (True, True, False)


def test_a_unionid_that_arrives_late_joins_the_member_of_the_openid(stack: str) -> None:
    identities = person()
    before = recognise({"openid": identities["openid"]})

    after = recognise(identities)

    assert after.member_id == before.member_id
    assert after.profile["unionid"] == identities["unionid"]


def test_an_openid_without_anybody_behind_it_is_merged_into_the_unionids_member(stack: str) -> None:
    from chalicelib.members import service

    identities = person("openid", "unionid", "external_userid")
    alone = recognise({"openid": identities["openid"]})
    contact = recognise({key: identities[key] for key in ("unionid", "external_userid")}, origin="wecom_contact")

    both = recognise({key: identities[key] for key in ("openid", "unionid")})

    assert both.member_id == contact.member_id != alone.member_id
    assert service.current(alone.member_id)["pk"] == f"MBR#{contact.member_id}"
    assert service.member_of("openid", identities["openid"]) == contact.member_id
    assert service.openid_of(contact.member_id) == identities["openid"]


def test_two_identified_members_are_put_up_for_review(stack: str) -> None:
    from chalicelib.members import models as member_models
    from chalicelib.members import service
    from chalicelib.runtime import dynamo

    one, other = person(), person("openid", "unionid", "external_userid")
    first, second = recognise(one), recognise(other)

    mixed = recognise({"unionid": one["unionid"], "external_userid": other["external_userid"]})

    assert mixed.member_id == first.member_id
    assert service.current(second.member_id)["pk"] == f"MBR#{second.member_id}"
    reviews = dynamo.every(member_models.Review, "REVIEWS")
    assert any({row["one"], row["other"]} == {first.member_id, second.member_id} for row in reviews)


def test_the_first_channel_stays_and_the_latest_follows(stack: str) -> None:
    identities = person()
    recognise(identities, channel_id="chn_first")

    recognise(identities, channel_id="chn_second", now=NOW + 2)
    recognise(identities, channel_id="chn_late", now=NOW + 1)

    profile = recognise(identities, now=NOW + 3).profile
    assert (profile["channel_id"], profile["channel_latest"]) == ("chn_first", "chn_second")


def test_nothing_readable_of_a_phone_is_stored(stack: str) -> None:
    from chalicelib.members import models as member_models
    from chalicelib.members import service
    from chalicelib.runtime import dynamo

    identities = person("phone")
    member_id = recognise(identities, origin="order").member_id

    rows = dynamo.every(member_models.Profile, f"MBR#{member_id}")

    assert service.member_of("phone", "+86 " + identities["phone"]) == member_id
    assert identities["phone"] not in repr(rows)


def test_messages_need_the_consent_for_their_purpose(stack: str) -> None:
    from chalicelib.members import service

    member_id = recognise(person()).member_id
    before = (service.may_send(member_id, "service"), service.may_send(member_id, "marketing"))

    service.record_consent(member_id, purpose="marketing", granted=True, version="1", now=NOW)
    granted = service.may_send(member_id, "marketing")
    service.record_consent(member_id, purpose="marketing", granted=False, version="2", now=NOW + 1)
    service.record_consent(member_id, purpose="marketing", granted=True, version="1", now=NOW)

    assert before == (True, False)
    assert granted
    assert not service.may_send(member_id, "marketing")


def test_the_same_moment_noted_twice_is_one_row(stack: str) -> None:
    from chalicelib.members import service

    born = recognise(person())
    member_id = born.member_id

    for _ in range(2):
        service.add_to_timeline(member_id, "scan", "vis_1", NOW, code="C")
    service.add_to_timeline(member_id, "scan", "vis_2", NOW + 1, code="D")

    found = service.newest_of_timeline(born.profile, 10)
    assert [row["facts"].get("code") for row in found] == ["D", "C", None]
    assert found[-1]["kind"] == "joined"


def test_a_scan_id_that_was_passed_on_attributes_the_first_person_only(stack: str) -> None:
    from chalicelib.members import service

    mine, other = person(), person()
    scan = ids.new_id("visit", NOW)

    tries = enumerate((mine, other, mine))
    spent = [service.spend_scan("CODE", scan, who["openid"], NOW + place) for place, who in tries]

    assert spent == [NOW, None, NOW]
