"""Money of orders by properties: credits, entries, postings."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.attribution import rules
from chalicelib.attribution.rules import DEFAULT_POLICY, Credit, Policy, Rule, Touch
from chalicelib.kernel.clock import DAY
from chalicelib.kernel.errors import SiyuError

PAID = 1_767_225_600_123

credits_made = st.lists(
    st.builds(
        Credit,
        st.sampled_from(["binding", "closing", "touch"]),
        st.sampled_from(["gde_a", "gde_b", "gde_c"]),
        st.integers(1, 3_333),
        st.none() | st.integers(0, 50_000),
    ),
    max_size=3,
    unique_by=lambda credit: credit.role,
)


@st.composite
def totals_refunded_in_two_ways(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    """A total and two sequences of partial refunds with the same sum."""
    total = draw(st.integers(1, 10**9))
    gone = draw(st.integers(1, total))
    cuts = st.lists(st.integers(1, gone - 1), max_size=6) if gone > 1 else st.just([])
    return total, _parts(draw(cuts), gone), _parts(draw(cuts), gone)


@given(credits_made, totals_refunded_in_two_ways())
def test_refunds_of_one_total_end_at_the_same_entries(
    credits: list[Credit], case: tuple[int, list[int], list[int]]
) -> None:
    total, one_way, another_way = case

    assert _balances(credits, total, one_way) == _balances(credits, total, another_way)


@given(credits_made, st.integers(1, 10**9), st.lists(st.integers(1, 10**8), max_size=6))
def test_a_full_refund_nets_every_payee_to_nothing(credits: list[Credit], total: int, cuts: list[int]) -> None:
    refunds = _parts([cut % total for cut in cuts if cut % total], total)

    assert not any(_balances(credits, total, refunds).values())


@given(credits_made, st.integers(0, 10**9))
def test_postings_sum_to_nothing_and_the_brand_never_owes(credits: list[Credit], net: int) -> None:
    postings = rules.postings_of(credits, net)

    assert sum(amount for _, amount in postings) == 0
    assert dict(postings)["brand"] >= 0


@given(credits_made, st.integers(0, 10**9), st.integers(0, 10**9))
def test_no_refund_gives_a_payee_money(credits: list[Credit], one: int, other: int) -> None:
    before, after = max(one, other), min(one, other)

    assert all(entry.amount_fen < 0 for entry in rules.entries_between(credits, before, after, 1))


@given(st.integers(0, 10**12))
def test_the_default_policy_pays_three_and_two_per_cent_rounded_down(total: int) -> None:
    credits = rules.credits_of(DEFAULT_POLICY, bound_guide_id="gde_a", closing_guide_id="gde_b", touches=[])

    assert [rules.earned(credit, total) for credit in credits] == [total * 3 // 100, total * 2 // 100]


def test_the_bound_guide_earns_though_the_web_shop_closes() -> None:
    credits = rules.credits_of(DEFAULT_POLICY, bound_guide_id="gde_a", closing_guide_id=None, touches=[])

    assert [(credit.role, credit.payee) for credit in credits] == [("binding", "gde_a")]


def test_one_guide_in_two_roles_gets_one_entry_with_two_reasons() -> None:
    credits = rules.credits_of(DEFAULT_POLICY, bound_guide_id="gde_a", closing_guide_id="gde_a", touches=[])

    (entry,) = rules.entries_between(credits, 0, 1_999, 1)

    assert entry.amount_fen == 59 + 39
    assert [(reason.rule, reason.rate_bp, reason.base_fen) for reason in entry.why] == [
        ("binding", 300, 1_999),
        ("closing", 200, 1_999),
    ]


def test_a_cap_holds_until_the_net_falls_below_it() -> None:
    capped = [Credit("binding", "gde_a", 300, 100)]

    assert rules.entries_between(capped, 10_000, 5_000, 1) == []
    assert rules.entries_between(capped, 5_000, 0, 1)[0].amount_fen == -100


def test_the_newest_touch_with_a_guide_inside_the_lookback_earns() -> None:
    policy = Policy(2, 0, (Rule("touch", 100),), 1)
    touches = [
        Touch("scan", PAID - 1),
        Touch("radar", PAID - 2, guide_id="gde_b"),
        Touch("badge", PAID - 2 * DAY, guide_id="gde_a"),
    ]

    found = rules.within_lookback(policy, touches, PAID)

    assert [touch.kind for touch in found] == ["scan", "radar"]
    (credit,) = rules.credits_of(policy, bound_guide_id=None, closing_guide_id=None, touches=found)
    assert credit.payee == "gde_b"


def test_the_touch_that_names_a_guide_is_kept_among_the_newest() -> None:
    newest = [Touch("scan", PAID - place) for place in range(5)]
    guided = Touch("badge", PAID - 9, guide_id="gde_a")

    assert rules.touches_as_evidence([*newest, guided]) == [newest[0], newest[1], guided]


def test_a_payment_in_whole_seconds_counts_to_the_end_of_its_second() -> None:
    assert rules.credited_as_of(1_767_225_600_000) == 1_767_225_600_999
    assert rules.credited_as_of(PAID) == PAID


@pytest.mark.parametrize(
    "policy_rules",
    [
        (Rule("binding", 9_000), Rule("closing", 1_001)),
        (Rule("binding", -1),),
        (Rule("binding", 1), Rule("binding", 2)),
        (Rule("binding", 1, -1),),
    ],
)
def test_a_policy_that_can_not_be_paid_is_refused(policy_rules: tuple[Rule, ...]) -> None:
    with pytest.raises(SiyuError, match=r"."):
        rules.check_rules(policy_rules, 180)


def test_a_signature_covers_shop_time_and_body() -> None:
    good = rules.sign("secret", "shp_1", "1767225600", b"{}")

    assert rules.signature_matches("secret", "shp_1", "1767225600", b"{}", good)
    assert not rules.signature_matches("secret", "shp_2", "1767225600", b"{}", good)
    assert not rules.signature_matches("secret", "shp_1", "1767225601", b"{}", good)
    assert not rules.signature_matches("secret", "shp_1", "1767225600", b"{ }", good)
    assert not rules.signature_matches(None, "shp_1", "1767225600", b"{}", rules.sign("", "shp_1", "1767225600", b"{}"))


@pytest.mark.parametrize(
    ("timestamp", "fresh"), [("100", True), ("400", True), ("401", False), ("", False), ("x", False)]
)
def test_a_signature_is_fresh_for_five_minutes(timestamp: str, fresh: bool) -> None:
    assert rules.is_fresh(timestamp, 100_000) is fresh


def _parts(cuts: list[int], total: int) -> list[int]:
    places = [0, *sorted(set(cuts)), total]
    return [after - before for before, after in pairwise(places) if after > before]


def _balances(credits: list[Credit], total: int, refunds: list[int]) -> Counter[str]:
    """What each payee has after the order and its refunds, entry by entry."""
    balances: Counter[str] = Counter()
    before = 0
    for after in [total, *(total - sum(refunds[: place + 1]) for place in range(len(refunds)))]:
        for entry in rules.entries_between(credits, before, after, 1):
            balances[entry.payee] += entry.amount_fen
        before = after
    return balances
