"""Two profiles of one person: merged, reviewed, kept apart, separated again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from chalicelib.kernel.errors import SiyuError

NOW = 1_767_225_600_000
_people = count()
_later = count(NOW)


def person() -> dict[str, str]:
    """Identities of somebody new."""
    number = next(_people)
    return {
        "openid": f"om{number}",
        "unionid": f"um{number}",
        "external_userid": f"xm{number}",
        "phone": f"137{number:08d}",
    }


def join(identities: dict[str, str], *kinds: str, **more: Any) -> Any:
    from chalicelib.members import service

    chosen = {kind: identities[kind] for kind in kinds}
    return service.recognise(chosen, **{"channel_id": None, "origin": "mini_program", "now": next(_later), **more})


class Phones:
    """WeChat's answer to the phone button: the code is the phone."""

    def phone_number(self, phone_code: str) -> str:
        return f"86{phone_code}"


def verify(member_id: str, phone: str) -> Any:
    from chalicelib.members import service

    gateway: Any = Phones()
    return service.verify_phone(member_id, phone, gateway, next(_later))


def id_of(profile: Any) -> str:
    return str(profile["pk"]).removeprefix("MBR#")


def reviews_of(member_id: str) -> list[Any]:
    from chalicelib.members import service

    rows, _ = service.list_reviews(1000, None)
    return [row for row in rows if member_id in (row["one"], row["other"])]


@pytest.mark.parametrize("people", [2, 5])
def test_the_same_phone_at_the_same_instant_makes_one_member(stack: str, people: int) -> None:
    from chalicelib.members import service

    ids = [join(person(), "openid").member_id for _ in range(people)]
    phone = person()["phone"]

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(lambda member_id: verify(member_id, phone), ids))

    stand = {id_of(service.current(member_id, strong=True)) for member_id in ids}
    assert len(stand) == 1
    assert service.member_of("phone", phone) in {*stand, *ids}
    assert service.united(service.current(ids[0]))["phone_masked"] == f"{phone[:3]}****{phone[-4:]}"
    assert service.phone_of(service.current(ids[0])) == phone


def test_two_logins_by_one_phone_at_the_same_instant_make_one_member(stack: str) -> None:
    identities = person()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: join(identities, "phone"), range(8)))

    assert len({one.member_id for one in found}) == 1
    assert sum(one.is_new for one in found) == 1


def test_who_is_nobody_identified_leads_to_the_holder_of_the_verified_phone(stack: str) -> None:
    from chalicelib.members import service

    first, second = join(person(), "openid"), join(person(), "openid")
    phone = person()["phone"]
    verify(first.member_id, phone)

    stands = verify(second.member_id, phone)

    assert id_of(stands) == first.member_id == id_of(service.current(second.member_id))


def test_the_profiles_of_many_are_those_that_stand_for_them_and_nobody_is_asked_for_alone(
    stack: str, spending: Callable[[], Any]
) -> None:
    from chalicelib.members import service

    first, second, alone = (join(person(), "openid").member_id for _ in range(3))
    phone = person()["phone"]
    verify(first, phone)
    verify(second, phone)

    with spending() as spent:
        found = service.current_of([first, second, alone, "mbr_nobody"])

    assert {asked: id_of(profile) for asked, profile in found.items()} == {first: first, second: first, alone: alone}
    assert spent.calls == ["BatchGetItem"] * 2


def test_two_identified_members_with_one_phone_make_a_review_not_a_merge(stack: str) -> None:
    from chalicelib.members import service

    first, second = join(person(), "openid", "unionid"), join(person(), "openid", "unionid")
    phone = person()["phone"]
    verify(first.member_id, phone)

    for _ in range(2):
        with pytest.raises(SiyuError, match="review"):
            verify(second.member_id, phone)

    assert id_of(service.current(second.member_id)) == second.member_id
    assert [row["reason"] for row in reviews_of(second.member_id)] == ["shared phone"]


def test_a_late_unionid_of_an_identified_member_is_reviewed_and_the_openid_keeps_its_member(stack: str) -> None:
    identities = person()
    contact = join(identities, "unionid", "external_userid", origin="wecom_contact")
    mine = join(identities, "openid")
    verify(mine.member_id, identities["phone"])

    again = join(identities, "openid", "unionid")

    assert again.member_id == mine.member_id != contact.member_id
    assert len(reviews_of(mine.member_id)) == 1


def test_a_decision_merges_and_moves_nothing(stack: str) -> None:
    from chalicelib.members import service

    identities = person()
    contact = join(identities, "unionid", "external_userid", origin="wecom_contact", channel_id="chn_wecom")
    mine = join(identities, "openid", channel_id="chn_scan")
    verify(mine.member_id, identities["phone"])
    service.add_to_timeline(contact.member_id, "contact_added", "c", NOW - 5)
    service.add_to_timeline(mine.member_id, "scan", "s", NOW - 4, code="C")
    service.record_consent(contact.member_id, purpose="marketing", granted=False, version="1", now=next(_later))
    service.record_consent(mine.member_id, purpose="marketing", granted=True, version="1", now=next(_later))
    join(identities, "openid", "unionid")
    (review,) = reviews_of(mine.member_id)

    decided = service.decide(review["sk"], "merge", survivor=mine.member_id, by="op", now=next(_later))
    again = service.decide(review["sk"], "merge", survivor=None, by="op", now=next(_later))

    stands = service.current(contact.member_id)
    assert id_of(stands) == mine.member_id == decided["survivor"] == again["survivor"]
    kinds = [row["kind"] for row in service.newest_of_timeline(stands, 10)]
    assert sorted(kinds) == ["contact_added", "joined", "joined", "scan"]
    assert not service.may_send(mine.member_id, "marketing")
    assert service.member_of("unionid", identities["unionid"]) == mine.member_id
    assert service.united(stands)["unionid"] == identities["unionid"]
    assert reviews_of(mine.member_id) == []
    with pytest.raises(SiyuError, match="decided"):
        service.decide(review["sk"], "keep_apart", survivor=None, by="op", now=next(_later))


def test_an_answer_after_the_merge_is_the_persons_own(stack: str) -> None:
    from chalicelib.members import service

    identities = person()
    alone = join(identities, "openid")
    service.record_consent(alone.member_id, purpose="marketing", granted=False, version="1", now=next(_later))
    contact = join(identities, "unionid", "external_userid")
    join(identities, "openid", "unionid")
    strict = service.may_send(contact.member_id, "marketing")

    service.record_consent(alone.member_id, purpose="marketing", granted=True, version="2", now=next(_later))

    assert not strict
    assert service.may_send(alone.member_id, "marketing")


def test_a_merge_is_undone_and_stays_undone(stack: str) -> None:
    from chalicelib.members import service

    identities = person()
    alone = join(identities, "openid")
    contact = join(identities, "unionid", "external_userid")
    join(identities, "openid", "unionid")
    merged = service.current(alone.member_id)

    back = service.unmerge(alone.member_id, next(_later))
    again = service.unmerge(alone.member_id, next(_later))
    login = join(identities, "openid", "unionid")

    assert id_of(merged) == contact.member_id
    assert id_of(back) == id_of(again) == alone.member_id == login.member_id
    assert service.member_of("openid", identities["openid"]) == alone.member_id
    assert service.openid_of(alone.member_id) == identities["openid"]
    assert service.openid_of(contact.member_id) is None
    assert "aliases" not in service.current(contact.member_id)
    assert len(reviews_of(alone.member_id)) == 1


def test_a_chain_redirects_and_is_undone_in_the_middle(stack: str) -> None:
    from chalicelib.members import service

    people = [person() for _ in range(3)]
    one, two, three = (join(each, "openid", "unionid") for each in people)
    phone = person()["phone"]
    verify(one.member_id, phone)

    def merge(into: Any, other: Any) -> None:
        from chalicelib.members.identity import review_tables

        review_tables.put_review(into.member_id, other.member_id, "asked for", next(_later))
        (review,) = [row for row in reviews_of(into.member_id) if other.member_id in (row["one"], row["other"])]
        service.decide(review["sk"], "merge", survivor=into.member_id, by="op", now=next(_later))

    merge(two, one)
    merge(three, two)
    joined = service.current(one.member_id)
    service.unmerge(two.member_id, next(_later))

    assert id_of(joined) == three.member_id
    assert service.ids_of(joined) == [three.member_id, *sorted([one.member_id, two.member_id])]
    assert id_of(service.current(one.member_id)) == two.member_id == service.member_of("openid", people[0]["openid"])
    assert service.phone_of(service.current(two.member_id)) == phone
    assert "aliases" not in service.current(three.member_id)


def test_a_merge_that_crashes_is_made_by_the_next_word(stack: str, crashing: Callable[[int], Any]) -> None:
    from chalicelib.members import service

    for write in (1, 2, 3):
        first, second = join(person(), "openid", "unionid"), join(person(), "openid", "unionid")
        phone = person()["phone"]
        verify(first.member_id, phone)
        with pytest.raises(SiyuError):
            verify(second.member_id, phone)
        (review,) = reviews_of(first.member_id)
        with pytest.raises(SystemExit), crashing(write):
            service.decide(review["sk"], "merge", survivor=None, by="op", now=next(_later))

        service.decide(review["sk"], "merge", survivor=None, by="op", now=next(_later))

        assert id_of(service.current(second.member_id)) == id_of(service.current(first.member_id))
        assert reviews_of(first.member_id) == []


def test_two_who_are_merged_into_each_other_at_once_end_as_one(stack: str) -> None:
    from chalicelib.members import service

    for _ in range(5):
        identities = person()
        one, two = join(identities, "openid"), join(identities, "external_userid")
        calls = [("openid", "external_userid"), ("external_userid", "openid")]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda kinds, who=identities: join(who, *kinds), calls))

        assert len({id_of(service.current(each.member_id, strong=True)) for each in (one, two)}) == 1


def test_an_account_is_linked_and_never_merges(stack: str) -> None:
    from chalicelib.members import service

    mine, other = join(person(), "openid"), join(person(), "openid")
    account = f"T{next(_people)}"

    linked = service.link_account(mine.member_id, "tmall", account, next(_later))
    again = service.link_account(mine.member_id, "tmall", account, next(_later))
    with pytest.raises(SiyuError) as refused:
        service.link_account(other.member_id, "tmall", account, next(_later))

    assert linked["accounts"] == again["accounts"] == {f"tmall:{account}"}
    assert refused.value.code == "already_exists"
    assert id_of(service.current(other.member_id)) == other.member_id
    assert service.member_of("account", f"tmall:{account}") == mine.member_id


def test_the_timeline_of_merged_profiles_has_every_row_once_on_any_pages(stack: str) -> None:
    from chalicelib.members import service

    identities = person()
    alone, contact = join(identities, "openid"), join(identities, "unionid")
    for number in range(7):
        service.add_to_timeline((alone if number % 2 else contact).member_id, "scan", f"v{number}", NOW - number)
    stands = join(identities, "openid", "unionid").profile

    for limit in (1, 3, 50):
        seen, cursor = [], None
        while True:
            rows, cursor = service.timeline(stands, limit, cursor)
            seen += [row["at"] for row in rows]
            if cursor is None:
                break
        assert len(seen) == 9
        assert seen == sorted(seen, reverse=True)
