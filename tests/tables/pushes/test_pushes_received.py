"""Which messages a member got, read from the guard."""

from __future__ import annotations

from chalicelib.kernel import clock, ids
from chalicelib.kernel.clock import DAY, Millis


def push(title: str, at: Millis) -> str:
    from chalicelib.pushes import received

    push_id = ids.new_id("push", at)
    received.note(push_id, {"content": {"title": title}, "purpose": "marketing", "starts_at": at})
    return push_id


def test_a_member_got_what_passed_the_guard_newest_first(stack: str) -> None:
    from chalicelib.pushes import received, rules
    from chalicelib.pushes.delivery import caps

    now = clock.now()
    member_id = ids.new_id("member", now)
    earlier, later, refused = push("春茶", now - DAY), push("秋茶", now), push("冬茶", now)
    for push_id in (earlier, later, refused):
        assert caps.claim(member_id, rules.dedupe_of(push_id), "marketing", push_id, now).taken
    caps.release(member_id, rules.dedupe_of(refused), now)

    found = received.messages_of([member_id, "mbr_alias"], now)

    assert [(row["push_id"], row["title"]) for row in found] == [(later, "秋茶"), (earlier, "春茶")]
    assert received.messages_of(["mbr_nobody"], now) == []
