"""Who is bound to whom, whatever order it becomes known in."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.guides.bindings import rules as binding_rules
from chalicelib.guides.bindings.rules import Binding, Policy
from chalicelib.guides.contact_ways import tokens as way_tokens
from chalicelib.guides.contacts import rules as contact_rules
from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY
from chalicelib.kernel.tokens import BadToken

KEY = b"k" * 32
LAST = Policy()
CLAIMS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 9)), max_size=6)


def bound(claims: list[tuple[str, int]], policy: Policy = LAST, reason: str = "contact_added") -> list[Binding]:
    """The history after these claims of (guide, moment), in the order in which they became known."""
    history: list[Binding] = []
    for guide_id, at in claims:
        if binding_rules.may_bind(history, guide_id, reason, at, policy):
            history.append(Binding("m", len(history) + 1, guide_id, None, at, reason, guide_id))
    return history


def guide_at(history: list[Binding], at: int) -> str | None:
    found = binding_rules.in_force(history, at)
    return found.guide_id if found else None


@given(claims=CLAIMS, data=st.data())
@settings(max_examples=100)
def test_contacts_in_any_order_and_twice_give_the_same_history(
    claims: list[tuple[str, int]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(claims + claims))

    one, other = bound(sorted(claims, key=lambda claim: claim[1])), bound(list(shuffled))

    assert [guide_at(one, at) for at in range(11)] == [guide_at(other, at) for at in range(11)]


def test_the_last_guide_wins_and_the_past_stays() -> None:
    for order in permutations([("A", 10), ("B", 20), ("A", 30)]):
        history = bound(list(order))

        assert [guide_at(history, at) for at in (9, 10, 25, 30)] == [None, "A", "B", "A"]


def test_a_badge_shown_again_adds_no_row() -> None:
    assert len(bound([("A", 10), ("A", 20), ("A", 30)], reason="badge")) == 1


def test_the_first_guide_stays_when_the_first_wins() -> None:
    history = bound([("A", 10), ("B", 20)], Policy("first_wins"))

    assert guide_at(history, 30) == "A"


def test_protection_ends_after_its_days() -> None:
    policy = Policy("protected", 30)

    within = bound([("A", 0), ("B", 30 * DAY - 1)], policy)
    after = bound([("A", 0), ("B", 30 * DAY)], policy)

    assert guide_at(within, 40 * DAY) == "A"
    assert guide_at(after, 40 * DAY) == "B"


def test_what_was_decided_under_protection_is_not_undone_by_an_older_claim() -> None:
    assert guide_at(bound([("A", 10), ("B", 5)], Policy("protected", 30)), 20) == "A"


@pytest.mark.parametrize(
    ("at", "by", "verdict"), [(5, "x", "again"), (5, "y", "tie"), (6, "y", "newer"), (4, "y", "older")]
)
def test_contact_events_are_ordered_by_their_second(at: int, by: str, verdict: str) -> None:
    assert contact_rules.verdict(5, "x", at, by) == verdict


def test_a_badge_fits_a_scene_and_names_its_guide() -> None:
    guide_id = ids.new_id("guide", 1_767_225_600_000)

    badge = way_tokens.badge_of(guide_id, KEY)

    assert len(badge) == 32
    assert way_tokens.guide_of_badge(badge, KEY) == guide_id
    assert way_tokens.guide_of_badge(way_tokens.badge_of(ids.derived_id("guide", "x"), KEY), KEY) == ids.derived_id(
        "guide", "x"
    )


@pytest.mark.parametrize("badge", ["", "x", "A" * 32, "ä" * 32])
def test_a_made_up_badge_is_refused(badge: str) -> None:
    with pytest.raises(BadToken):
        way_tokens.guide_of_badge(badge, KEY)


def test_a_state_fits_a_contact_way_and_names_guide_and_store() -> None:
    state = way_tokens.state_of("gde_1", "sto_1", KEY)

    assert len(state) == 30
    assert way_tokens.read_state(state, KEY) == (way_tokens.short_guide("gde_1"), way_tokens.short_store("sto_1"))
    with pytest.raises(BadToken):
        way_tokens.read_state("wb:1:4285486", KEY)
