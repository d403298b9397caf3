"""Rules of scans, ranges and prizes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.codes.format.ranges import Span, by_chunk, overlay, span_at
from chalicelib.codes.lifecycle import rules as lifecycle_rules
from chalicelib.codes.prizes import rules as prize_rules
from chalicelib.codes.prizes.rules import Tier
from chalicelib.codes.scans import rules as scan_rules
from chalicelib.kernel.clock import DAY, MINUTE

PHONE = "Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 MicroMessenger/8.0.50"

spans = st.builds(
    lambda first, length, value, at: Span(first, first + length, value, at),
    st.integers(0, 60),
    st.integers(0, 20),
    st.sampled_from("ABC"),
    st.integers(0, 9),
)


@given(st.lists(spans, max_size=12))
def test_the_last_span_laid_over_a_sequence_holds(laid: list[Span]) -> None:
    kept: list[Span] = []
    for span in laid:
        kept = overlay(kept, span)

    for sequence in range(82):
        expected = next((span for span in reversed(laid) if span.first <= sequence <= span.last), None)
        found = span_at(kept, sequence)
        assert (found and found[2:]) == (expected and expected[2:])
    if laid:
        assert overlay(kept, laid[-1]) == kept


@given(st.lists(spans, max_size=12))
def test_nothing_is_laid_over_a_final_span(laid: list[Span]) -> None:
    kept: list[Span] = []
    for span in laid:
        kept = overlay(kept, span, final="A")

    for sequence in range(82):
        over = [span for span in laid if span.first <= sequence <= span.last]
        expected = next((span for span in over if span.value == "A"), over[-1] if over else None)
        found = span_at(kept, sequence)
        assert (found and found[2:]) == (expected and expected[2:])


def test_a_span_is_cut_at_the_borders_of_chunks() -> None:
    pieces = list(by_chunk(Span(4000, 8192, "A", 1)))

    assert pieces == [(0, Span(4000, 4095, "A", 1)), (1, Span(4096, 8191, "A", 1)), (2, Span(8192, 8192, "A", 1))]


@settings(deadline=None)
@given(st.integers(1, 3000), st.binary(min_size=32, max_size=32))
def test_prize_ranks_are_a_permutation(quantity: int, key: bytes) -> None:
    assert sorted(prize_rules.rank(sequence, quantity, key) for sequence in range(quantity)) == list(range(quantity))


def test_each_tier_has_exactly_its_winners() -> None:
    tiers = [Tier(8800, 1), Tier(100, 30), Tier(30, 200)]

    won = Counter(prize_rules.amount_of(sequence, 5000, tiers, b"k" * 32) for sequence in range(5000))

    assert won == {8800: 1, 100: 30, 30: 200, 0: 4769}


def header(**facts: object) -> dict[str, object]:
    return {"state": "active", "state_before": "active", "state_at": 0, "channel_id": "own", **facts}


def test_void_beats_every_other_state() -> None:
    void_batch = header(state="void", state_at=10)
    active_part = [Span(0, 9, "active", 0)]
    void_part = [Span(0, 9, "void", 5)]

    assert lifecycle_rules.whereabouts(void_batch, [], active_part, 3, 10).state == "void"
    assert lifecycle_rules.whereabouts(void_batch, [], [], 3, 9).state == "active"
    assert lifecycle_rules.whereabouts(header(), [], void_part, 3, 5).state == "void"
    assert lifecycle_rules.whereabouts(header(), [], void_part, 3, 4).state == "active"
    assert lifecycle_rules.whereabouts(header(state="inactive"), [], active_part, 3, 5).state == "active"


def test_of_two_shipments_the_later_one_holds() -> None:
    part = [Span(0, 9, "part", 5)]

    assert lifecycle_rules.whereabouts(header(), part, [], 3, 9) == ("active", "part", True)
    assert lifecycle_rules.whereabouts(header(whole_channel="whole", whole_at=6), part, [], 3, 9).channel_id == "whole"
    assert lifecycle_rules.whereabouts(header(whole_channel="whole", whole_at=4), part, [], 3, 9).channel_id == "part"
    assert lifecycle_rules.whereabouts(header(), part, [], 10, 9) == ("active", "own", False)


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
        {"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "Slackbot-LinkExpanding 1.0"},
        {"user-agent": PHONE, "sec-purpose": "prefetch;prerender"},
        {"user-agent": PHONE, "x-purpose": "preview"},
    ],
)
def test_crawlers_and_previews_are_not_persons(headers: dict[str, str]) -> None:
    assert scan_rules.is_automatic(headers)


@pytest.mark.parametrize("agent", ["", PHONE, "curl/8.5", "python-requests/2.32", "okhttp/4.12", "Java/17"])
def test_any_other_client_counts(agent: str) -> None:
    assert not scan_rules.is_automatic({"user-agent": agent})


def test_a_device_is_recognised_for_ten_minutes() -> None:
    row = {"f": "v1", "fd": "dev", "ft": 0, "r0": "v2", "d0": "other", "t0": 1}

    assert scan_rules.seen_before(row, "v3", "dev", 10 * MINUTE - 1) == scan_rules.Seen("v1", True)
    assert scan_rules.seen_before(row, "v3", "dev", 10 * MINUTE) is None
    assert scan_rules.seen_before(row, "v2", "", 10 * MINUTE) == scan_rules.Seen("v2", False)
    assert scan_rules.seen_before(row, "v1", "", DAY - 1) == scan_rules.Seen("v1", True)
    assert scan_rules.seen_before(row, "v1", "", DAY) is None
    assert scan_rules.seen_before(row, "v3", "", 5) is None
