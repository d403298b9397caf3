"""The invite tree in the rules: any order of joinings, any depth, a hundred thousand people."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.participants.names import DEEPEST, Invite, place_below

Tree = dict[str, tuple[str | None, int]]


def join(tree: Tree, who: str, inviter: str | None) -> None:
    """As the service joins: the first joining stands, an invite is of somebody who has joined."""
    if who in tree:
        return
    invite = Invite(inviter, tree[inviter][1]) if inviter in tree and inviter is not None else None
    tree[who] = place_below(who, invite)


def way_up(tree: Tree, who: str) -> list[str]:
    """Everybody above; fails on a cycle."""
    found: list[str] = []
    link = tree[who][0]
    while link is not None:
        assert link not in found
        found.append(link)
        link = tree[link][0]
    return found


@given(st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(0, 12)), max_size=60))
def test_no_order_of_joinings_makes_a_cycle(joinings: list[tuple[int, int | None]]) -> None:
    tree: Tree = {}
    for who, inviter in joinings:
        join(tree, f"p{who}", None if inviter is None else f"p{inviter}")

    for who, (_, depth) in tree.items():
        assert len(way_up(tree, who)) == depth


def test_a_hundred_thousand_people_over_forty_levels_and_more() -> None:
    chance = random.Random(5)
    tree: Tree = {"p0": (None, 0)}
    for place in range(1, 41):
        join(tree, f"p{place}", f"p{place - 1}")
    for place in range(41, 100_000):
        join(tree, f"p{place}", f"p{chance.randrange(place)}")

    levels = Counter(depth for _, depth in tree.values())

    assert len(tree) == sum(levels.values()) == 100_000
    assert max(levels) >= 40
    assert all(levels[depth] > 0 for depth in range(max(levels)))
    deepest = max(tree, key=lambda who: tree[who][1])
    assert len(way_up(tree, deepest)) == max(levels)


def test_ones_own_invite_makes_nobody_a_parent() -> None:
    assert place_below("ptc_a", Invite("ptc_a", 3)) == (None, 0)


def test_depth_has_an_end_that_nobody_reaches_and_nothing_breaks_there() -> None:
    assert place_below("ptc_a", Invite("ptc_b", DEEPEST)) == ("ptc_b", DEEPEST)
