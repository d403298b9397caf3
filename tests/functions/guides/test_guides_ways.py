"""Shared codes: hours, daily caps, backups; the printed picture stays whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.kernel import clock, ids
from chalicelib.members.service import Person

Guide = dict[str, Any]
NewGuide = Callable[..., Guide]
NewContact = Callable[..., str]


def make_way(guides: list[Guide], backups: list[Guide] | None = None, **turn: Any) -> dict[str, Any]:
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.guides.contact_ways.rules import Turn
    from chalicelib.wechat import connect

    way_id = ids.new_id("contact_way", clock.now())
    turns = ways.with_userids([Turn(guide["sk"], "", **turn) for guide in guides])
    behind = ways.with_userids([Turn(guide["sk"], "") for guide in backups or []])
    fields = {"name": "收银台", "place": "收银台", "store_id": None, "channel_id": None}
    ways.create_way(way_id, fields, turns, behind, clock.now())
    return ways.apply(way_id, connect.wecom(), clock.now())


def behind(sandbox: Any, way: dict[str, Any]) -> str:
    """Whom a scan of the printed code would offer, as WeCom shows it."""
    import urllib.request

    with urllib.request.urlopen(f"{sandbox.url}/ct/{way['config_id']}", timeout=60) as page:
        return str(page.read().decode())


def test_a_full_day_hands_the_code_to_the_next_without_a_new_picture(
    sandbox: Any, new_guide: NewGuide, new_contact: NewContact
) -> None:
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.contact_ways import service as ways

    first, second = new_guide(), new_guide()
    way = make_way([first], [second], daily_cap=2)
    printed = way["qr_code"]

    one = new_contact(first, state=way["state"])
    before = behind(sandbox, way)
    new_contact(first, state=way["state"])
    after = behind(sandbox, way)
    bound = bindings.binding_as_of(Person(one), clock.now())

    assert first["userid"] in before
    assert first["userid"] not in after
    assert second["userid"] in after
    assert ways.get_way(way["sk"])["qr_code"] == printed
    assert bound is not None
    assert bound.guide_id == first["sk"]


def test_the_same_addition_told_twice_counts_once(new_guide: NewGuide, new_contact: NewContact, sandbox: Any) -> None:
    from chalicelib.guides.contact_ways import tables as way_tables

    guide = new_guide()
    way = make_way([guide], daily_cap=5)
    customer = sandbox.customer()

    for _ in range(3):
        new_contact(guide, customer, state=way["state"])

    assert way_tables.counts(way["sk"], clock.shanghai_day(clock.now())) == {guide["sk"]: 1}


def test_the_schedule_follows_the_hours(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.guides.contact_ways.rules import Hours
    from chalicelib.wechat import connect

    day, night = new_guide(), new_guide()
    way = make_way([day], [night], hours=(Hours("09:00", "18:00"),))
    noon = clock.now() // clock.DAY * clock.DAY + 4 * clock.HOUR

    seen = []
    for moment in (noon, noon + 8 * clock.HOUR, noon + clock.DAY):
        ways.apply_due(connect.wecom(), moment)
        seen.append((day["userid"] in behind(sandbox, way), night["userid"] in behind(sandbox, way)))

    assert seen == [(True, False), (False, True), (True, False)]


def test_nothing_is_asked_of_wecom_when_nothing_changes(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.wechat import connect

    make_way([new_guide()])
    ways.apply_due(connect.wecom(), clock.now())
    before = len(sandbox.control("GET", "calls")["items"])

    ways.apply_due(connect.wecom(), clock.now())

    assert len(sandbox.control("GET", "calls")["items"]) == before


def test_an_edit_while_wecom_is_told_is_told_as_well(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.guides.contact_ways import tables as way_tables
    from chalicelib.guides.contact_ways.rules import Turn
    from chalicelib.wechat import connect

    old, new = new_guide(), new_guide()
    way = make_way([old])
    leased = way_tables.lease(way["sk"], clock.now())
    turns = ways.with_userids([Turn(new["sk"], "")])
    fields = {"name": "门口", "place": "门口", "store_id": None, "channel_id": None}
    ways.edit_way(way["sk"], fields, turns, [])

    kept = way_tables.save_applied(way["sk"], leased.item["rev"], [old["userid"]], way["config_id"], way["qr_code"])
    way_tables.end_lease(way["sk"])
    ways.apply_due(connect.wecom(), clock.now())

    assert not kept.done
    assert new["userid"] in behind(sandbox, way)


def test_a_code_passes_to_the_successor_of_who_left(sandbox: Any, new_guide: NewGuide) -> None:
    from chalicelib.guides.contact_ways import service as ways
    from chalicelib.wechat import connect

    leaver, heir = new_guide(), new_guide()
    way = make_way([leaver])

    ways.pass_on(leaver["sk"], heir["sk"], connect.wecom(), clock.now())

    assert heir["userid"] in behind(sandbox, way)
    assert leaver["userid"] not in behind(sandbox, way)
