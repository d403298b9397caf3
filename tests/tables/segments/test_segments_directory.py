"""The directory and the counts made from it, on a real table."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel import ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.segments import directory, service
from chalicelib.segments import tables as segments_tables
from chalicelib.segments.rules import Rule

NOW = 1_767_225_600_123
Join = Callable[[], str]


def _from(channel: str) -> Rule:
    return {"attribute": "channel_id", "op": "eq", "value": channel}


def _segment(rule: Rule) -> str:
    return str(service.create_segment(ids.new_id("segment", NOW), name="s", rule=rule, now=NOW)["sk"])


def _everyone(segment_id: str, limit: int) -> list[str]:
    found, cursor = list[str](), None
    while True:
        page = service.members_page(segment_id, 1, cursor, limit)
        found += page.member_ids
        cursor = page.cursor
        if cursor is None:
            return found


def _tag() -> str:
    return str(service.create_tag(ids.new_id("tag", NOW), name="t", group=None, now=NOW)["sk"])


def test_pages_of_any_size_give_each_member_once(channel: str, join: Join) -> None:
    joined = {join() for _ in range(7)}
    segment_id = _segment(_from(channel))

    for limit in (1, 3, 7, 500):
        found = _everyone(segment_id, limit)
        assert len(found) == 7
        assert set(found) == joined


def test_the_preview_counts_whom_a_push_would_be_for(channel: str, join: Join) -> None:
    tag_id = _tag()
    joined = [join() for _ in range(4)]
    for member_id in joined[:3]:
        service.tag_member(member_id, tag_id, guide_id=None, now=NOW)
    segment_id = _segment({"all": [_from(channel), {"tag": tag_id}]})

    before = service.preview(segment_id, NOW)
    assert service.count_members(segment_id, 1, NOW)
    after = service.preview(segment_id, NOW)

    assert (before.found, before.current) == (0, False)
    assert (after.found, after.current) == (3, True)
    assert set(after.sample) == set(joined[:3]) == set(_everyone(segment_id, 500))


def test_a_stale_preview_asks_for_a_new_count_once(channel: str, join: Join) -> None:
    join()
    segment_id = _segment(_from(channel))
    service.count_members(segment_id, 1, NOW)
    join()

    stale = [service.preview(segment_id, NOW + 60_000) for _ in range(3)]
    service.count_members(segment_id, 2, NOW + 60_000)
    fresh = service.preview(segment_id, NOW + 60_000)

    assert [seen.found for seen in stale] == [1, 1, 1]
    assert service.get_segment(segment_id)["counting"] == 2
    assert (fresh.found, fresh.current) == (2, True)


def test_a_count_that_is_delivered_to_many_workers_counts_once(
    channel: str, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        join()
    segment_id = _segment(_from(channel))
    monkeypatch.setattr(service, "STEP", 1)

    def until_done() -> None:
        while not service.count_members(segment_id, 1, NOW):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: until_done(), range(4)))

    assert service.preview(segment_id, NOW).found == 6


def test_facts_follow_the_member_whatever_order_events_come_in(channel: str, join: Join) -> None:
    member_id = join()
    guide_id = ids.new_id("guide", NOW)
    guides.create_guide(guide_id, name="g", userid=f"u{secrets.token_hex(6)}", store_id=None, now=NOW)
    bindings.bind(Person(member_id), guide_id, reason="badge", at=NOW + 1, now=NOW + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: service.refresh(member_id, NOW + 2), range(8)))

    facts = directory.facts_in(segments_tables.get_entry(member_id))
    assert facts["guide_id"] == guide_id
    assert facts["channel_id"] == channel


def test_a_late_writer_does_not_put_old_facts_back(channel: str, join: Join) -> None:
    member_id = join()
    seen = segments_tables.get_entry(member_id)["v"]

    assert segments_tables.write_facts(member_id, seen, {"channel_id": "chn_new", "joined_at": NOW})
    assert not segments_tables.write_facts(member_id, seen, {"channel_id": "chn_old", "joined_at": NOW})

    assert segments_tables.get_entry(member_id)["c"] == "chn_new"


def test_a_merged_member_leaves_its_tags_to_the_survivor(stack: str, channel: str) -> None:
    suffix = secrets.token_hex(8)
    contact = members.recognise({"external_userid": f"wm{suffix}"}, channel_id=channel, origin="wecom_contact", now=NOW)
    service.refresh(contact.member_id, NOW)
    tag_id = _tag()
    service.tag_member(contact.member_id, tag_id, guide_id=None, now=NOW)
    survivor = members.recognise(
        {"unionid": f"u{suffix}", "openid": f"o{suffix}"}, channel_id=channel, origin="scan", now=NOW
    )
    members.recognise(
        {"unionid": f"u{suffix}", "external_userid": f"wm{suffix}"}, channel_id=channel, origin="scan", now=NOW
    )

    for member_id in (contact.member_id, survivor.member_id, contact.member_id):
        service.refresh(member_id, NOW)

    segment_id = _segment({"all": [_from(channel), {"tag": tag_id}]})
    assert _everyone(segment_id, 500) == [survivor.member_id]


def test_a_tag_on_a_merged_member_goes_to_the_survivor_and_repeats_without_effect(channel: str, join: Join) -> None:
    tag_id, member_id = _tag(), join()

    first = service.tag_member(member_id, tag_id, guide_id=None, now=NOW)
    second = service.tag_member(member_id, tag_id, guide_id=None, now=NOW)

    assert first == second == (member_id, {tag_id})


def test_tags_are_bounded(channel: str, join: Join) -> None:
    member_id, tag_id = join(), _tag()
    segments_tables.add_tags(member_id, {f"tag_{place}" for place in range(segments_tables.MOST_TAGS)})

    with pytest.raises(SiyuError, match="at most"):
        service.tag_member(member_id, tag_id, guide_id=None, now=NOW)


def test_a_rule_with_an_unknown_tag_is_refused(stack: str) -> None:
    with pytest.raises(SiyuError) as refused:
        _segment({"tag": "tag_of_nobody"})

    assert refused.value.code == "not_found"
