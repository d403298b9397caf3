"""Who is bound to whom, whatever order it becomes known in."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.guides.bindings import rules as binding_rules
from chalicelib.guides.bindings.rules import Claim, DatedPolicy, Policy
from chalicelib.guides.contact_ways import tokens as way_tokens
from chalicelib.guides.contacts import rules as contact_rules
from chalicelib.kernel import ids
from chalicelib.kernel.clock import DAY
from chalicelib.kernel.tokens import BadToken

KEY = b"k" * 32
POLICIES = st.lists(
    st.builds(
        DatedPolicy,
        st.integers(0, 9 * DAY),
        st.builds(Policy, st.sampled_from(["last_wins", "first_wins", "protected", "exclusive"]), st.integers(0, 9)),
    ),
    max_size=3,
    unique_by=lambda dated: dated.since,
)
CLAIMS = st.lists(
    st.builds(
        Claim,
        st.sampled_from(["mbr_1", "mbr_2"]),
        st.sampled_from("ABC"),
        st.none(),
        st.integers(0, 12).map(lambda day: day * DAY),
        st.sampled_from(["badge", "contact_added", "group_joined", "transferred", "operator"]),
    ),
    max_size=8,
)


def claims_by(*claims: tuple[str, int], reason: str = "contact_added") -> list[Claim]:
    """Claims of (guide, moment)."""
    return [Claim("m", guide_id, None, at, reason) for guide_id, at in claims]


def guide_at(claims: list[Claim], at: int, policy: Policy | None = None) -> str | None:
    policies = [DatedPolicy(0, policy)] if policy else []
    found = binding_rules.in_force(binding_rules.bindings_of(claims, lambda: policies), at)
    return found.guide_id if found else None


@given(claims=CLAIMS, policies=POLICIES, data=st.data())
@settings(max_examples=300)
def test_claims_in_any_order_and_repeated_come_to_the_same(
    claims: list[Claim], policies: list[DatedPolicy], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(claims)) if claims else st.just([]))
    mixed = data.draw(st.permutations([*claims, *again]))

    one = binding_rules.bindings_of(claims, lambda: policies)
    other = binding_rules.bindings_of(mixed, lambda: policies[::-1])

    assert [(binding.guide_id, binding.at) for binding in other] == [(binding.guide_id, binding.at) for binding in one]


@given(claims=CLAIMS, policies=POLICIES)
def test_the_intervals_tell_who_held_at_every_moment(claims: list[Claim], policies: list[DatedPolicy]) -> None:
    bindings = binding_rules.bindings_of(claims, lambda: policies)
    shown = binding_rules.intervals(bindings)

    for at in range(-1, 14 * DAY, DAY // 2):
        real, told = binding_rules.in_force(bindings, at), binding_rules.in_force(shown, at)
        assert (real and real.guide_id) == (told and told.guide_id)
    assert all(one.guide_id != other.guide_id for one, other in pairwise(shown))


@given(claims=CLAIMS, policies=POLICIES)
def test_what_somebody_decided_stands_whatever_the_policy(claims: list[Claim], policies: list[DatedPolicy]) -> None:
    decided = Claim("mbr_1", "D", None, 12 * DAY, "operator")

    bindings = binding_rules.bindings_of([*claims, decided], lambda: policies)

    assert bindings[-1].guide_id == "D"


def test_the_last_guide_wins_and_the_past_stays() -> None:
    claims = claims_by(("A", 10), ("B", 20), ("A", 30))

    assert [guide_at(claims, at) for at in (9, 10, 25, 30)] == [None, "A", "B", "A"]


def test_one_guide_alone_asks_for_no_policy() -> None:
    def asked() -> list[DatedPolicy]:
        raise AssertionError

    assert len(binding_rules.bindings_of(claims_by(("A", 10), ("A", 20), ("A", 30)), asked)) == 1


@pytest.mark.parametrize("kind", ["first_wins", "exclusive"])
def test_the_first_guide_stays_where_the_first_wins(kind: Any) -> None:
    for claims in permutations(claims_by(("A", 10), ("B", 20))):
        assert guide_at(list(claims), 30, Policy(kind)) == "A"


def test_protection_ends_after_its_days() -> None:
    policy = Policy("protected", 30)

    assert guide_at(claims_by(("A", 0), ("B", 30 * DAY - 1)), 40 * DAY, policy) == "A"
    assert guide_at(claims_by(("A", 0), ("B", 30 * DAY)), 40 * DAY, policy) == "B"


def test_under_protection_the_earlier_claim_holds_whenever_it_becomes_known() -> None:
    for claims in permutations(claims_by(("A", 5), ("B", 10))):
        assert guide_at(list(claims), 20, Policy("protected", 30)) == "A"


def test_a_policy_decides_claims_of_its_own_time_only() -> None:
    policies = [DatedPolicy(20, Policy("first_wins")), DatedPolicy(40, Policy())]
    claims = claims_by(("A", 10), ("B", 15), ("C", 30), ("A", 50))

    bindings = binding_rules.bindings_of(claims, lambda: policies)

    assert [(binding.guide_id, binding.at) for binding in bindings] == [("A", 10), ("B", 15), ("A", 50)]


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
