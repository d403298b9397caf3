"""Which participants an operator is asked to look at."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.campaigns.fraud.rules import DEFAULTS, Facts, finding_of
from chalicelib.kernel.clock import MINUTE, SECOND

START = 1_800_000_000_000


def rule(limits: dict[str, int] | None = None, **facts: Any) -> str | None:
    found = finding_of(DEFAULTS if limits is None else limits, Facts(participant_id="me", **facts))
    return found.rule if found else None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"on_device": ["a", "me"]}, None),
        ({"on_device": ["a", "b", "me"]}, "per_device"),
        ({"at_address": [f"p{place}" for place in range(60)]}, None),
        ({"at_address": [f"p{place}" for place in range(61)]}, "per_address_per_hour"),
        ({"same_identity": {"phone": ["a"]}}, "same_person"),
        ({"invites": 4, "left": 3}, "throw_away"),
        ({"invites": 7, "left": 3}, None),
        ({"invites": 0, "left": 2}, None),
        ({"is_known_otherwise": False}, None),
    ],
)
def test_the_defaults_find_what_is_odd(facts: dict[str, Any], expected: str | None) -> None:
    assert rule(**facts) == expected


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([30 * SECOND] * 5, "constant_gaps"),
        ([30 * SECOND + 400 * place for place in range(-1, 2)] + [30 * SECOND] * 2, "constant_gaps"),
        ([30 * SECOND] * 4, None),
        ([30 * SECOND, 45 * SECOND, 20 * SECOND, 70 * SECOND, 31 * SECOND], None),
        ([20 * MINUTE] * 5, None),
    ],
)
def test_a_chain_like_clockwork_is_looked_at(gaps: list[int], expected: str | None) -> None:
    joined_at = [START - sum(gaps[:place]) for place in range(len(gaps) + 1)]

    assert rule(chain_joined_at=joined_at) == expected


def test_a_rule_at_zero_is_off() -> None:
    off = dict.fromkeys(DEFAULTS, 0)

    assert rule(off, on_device=["a"] * 9, same_identity={"phone": ["a"]}, left=9, at_address=["a"] * 99) is None


def test_who_only_joined_is_looked_at_where_that_is_asked_for() -> None:
    assert rule({"genuine_act": 1}, is_known_otherwise=False) == "genuine_act"


def test_a_finding_says_what_was_seen() -> None:
    found = finding_of(DEFAULTS, Facts(participant_id="me", on_device=["me", "b", "a"]))

    assert found is not None
    assert found.inputs == {"participants": ["a", "b"], "limit": 2}
