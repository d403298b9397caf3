"""Rules against Python's own sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import SiyuError
from chalicelib.segments import rules
from chalicelib.segments.rules import Facts, Rule

CHANNELS = ["chn_a", "chn_b", "chn_c"]
TAGS = ["tag_1", "tag_2", "tag_3"]
TIMES = ["2026-01-01T00:00:00Z", "2026-02-01T08:00:00+08:00", "2026-03-01T00:00:00Z"]

facts_of_members = st.lists(
    st.fixed_dictionaries(
        {"tags": st.frozensets(st.sampled_from(TAGS))},
        optional={
            "channel_id": st.sampled_from(CHANNELS),
            "joined_at": st.integers(1_767_225_600_000, 1_772_323_200_000),
        },
    ),
    max_size=12,
)
leaves = st.one_of(
    st.builds(lambda tag: {"tag": tag}, st.sampled_from(TAGS)),
    st.builds(
        lambda op, value: {"attribute": "channel_id", "op": op, "value": value},
        st.sampled_from(["eq", "ne"]),
        st.sampled_from([*CHANNELS, None]),
    ),
    st.builds(
        lambda op, value: {"attribute": "joined_at", "op": op, "value": value},
        st.sampled_from(["gt", "gte", "lt", "lte"]),
        st.sampled_from(TIMES),
    ),
    st.builds(
        lambda op, value: {"attribute": "tags", "op": op, "value": value},
        st.sampled_from(["contains_any", "contains_all"]),
        st.lists(st.sampled_from(TAGS), max_size=3),
    ),
)
trees = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(lambda many: {"all": many}, st.lists(parts, max_size=3)),
        st.builds(lambda many: {"any": many}, st.lists(parts, max_size=3)),
        st.builds(lambda one: {"not": one}, parts),
    ),
    max_leaves=8,
)


@given(trees, facts_of_members)
def test_a_rule_is_the_set_that_its_parts_make(rule: Rule, members: list[Facts]) -> None:
    found = {place for place, facts in enumerate(members) if rules.matches(rules.checked(rule), facts)}

    assert found == _set_of(rule, members)


@given(leaves, facts_of_members)
def test_a_negative_operator_is_the_complement_also_for_nulls(rule: Rule, members: list[Facts]) -> None:
    equal = rules.checked({"attribute": "channel_id", "op": "eq", "value": "chn_a"})
    unequal = rules.checked({"attribute": "channel_id", "op": "ne", "value": "chn_a"})

    assert all(rules.matches(equal, facts) != rules.matches(unequal, facts) for facts in members)


def test_an_empty_all_is_everybody_and_an_empty_any_is_nobody() -> None:
    assert rules.matches(rules.checked({"all": []}), {})
    assert not rules.matches(rules.checked({"any": []}), {"tags": {"tag_1"}})


def test_null_is_neither_before_nor_after_anything() -> None:
    for op in ("gt", "gte", "lt", "lte"):
        rule = rules.checked({"attribute": "joined_at", "op": op, "value": TIMES[0]})

        assert not rules.matches(rule, {})
        assert rules.matches({"not": rule}, {})


def test_operators_may_be_written_as_signs() -> None:
    assert rules.checked({"attribute": "origin", "op": "!=", "value": "scan"})["op"] == "ne"


@pytest.mark.parametrize(
    ("rule", "param"),
    [
        ({}, "rule"),
        ({"all": [{"tag": "t"}, {"both": []}]}, "rule.all[1]"),
        ({"tag": "t", "not": {"all": []}}, "rule"),
        ({"not": {"attribute": "shoe_size", "op": "eq", "value": "42"}}, "rule.not.attribute"),
        ({"attribute": "channel_id", "op": "gt", "value": "a"}, "rule.op"),
        ({"attribute": "joined_at", "op": "gt", "value": "yesterday"}, "rule.value"),
        ({"attribute": "joined_at", "op": "gt", "value": None}, "rule.value"),
        ({"attribute": "channel_id", "op": "in", "value": "chn_a"}, "rule.value"),
    ],
)
def test_what_is_no_rule_is_refused_where_it_is_wrong(rule: Any, param: str) -> None:
    with pytest.raises(SiyuError) as refused:
        rules.checked(rule)

    assert (refused.value.code, refused.value.param) == ("invalid_parameter", param)


def test_a_rule_has_a_bounded_depth_and_size() -> None:
    deep: Rule = {"all": []}
    for _ in range(rules.DEEPEST):
        deep = {"not": deep}

    for rule in (deep, {"all": [{"tag": "t"}] * rules.MOST_PARTS}):
        with pytest.raises(SiyuError):
            rules.checked(rule)


def test_the_tags_of_a_rule_are_found_wherever_they_stand() -> None:
    rule = rules.checked(
        {
            "any": [
                {"not": {"tag": "tag_1"}},
                {"all": [{"attribute": "tags", "op": "contains_all", "value": ["tag_2"]}]},
                {"attribute": "tags", "op": "contains", "value": "tag_3"},
                {"attribute": "tags", "op": "exists", "value": True},
            ]
        }
    )

    assert rules.tags_in(rule) == {"tag_1", "tag_2", "tag_3"}


def _set_of(rule: Rule, members: list[Facts]) -> set[int]:
    """The same, said with Python's set operators."""
    everybody = set(range(len(members)))
    if "all" in rule:
        return everybody.intersection(*(_set_of(part, members) for part in rule["all"]))
    if "any" in rule:
        return set().union(*(_set_of(part, members) for part in rule["any"]))
    if "not" in rule:
        return everybody - _set_of(rule["not"], members)
    if "tag" in rule:
        return {place for place in everybody if rule["tag"] in members[place]["tags"]}
    return {place for place in everybody if _holds(rule, members[place])}


def _holds(rule: Rule, facts: Facts) -> bool:
    value, known = rule["value"], facts.get(rule["attribute"])
    match rule["op"]:
        case "eq":
            return known == value
        case "ne":
            return known != value
        case "contains_any":
            return bool(set(value) & set(known or ()))
        case "contains_all":
            return set(value) <= set(known or ())
    if known is None:
        return False
    moment = {TIMES[0]: 1_767_225_600_000, TIMES[1]: 1_769_904_000_000, TIMES[2]: 1_772_323_200_000}[value]
    return {"gt": known > moment, "gte": known >= moment, "lt": known < moment, "lte": known <= moment}[rule["op"]]
