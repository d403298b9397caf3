"""The algebra of segments: a rule is a set of members, `all`, `any` and `not` are intersection, union, complement.

| rule | the members who |
|---|---|
| `{"all": [r, …]}` | are in every r; empty: all members |
| `{"any": [r, …]}` | are in some r; empty: nobody |
| `{"not": r}` | are not in r |
| `{"tag": id}` | bear the tag |
| `{"attribute", "op", "value"}` | have an attribute that compares so |

An unknown attribute (null) equals null and nothing else, and is neither greater nor smaller than anything. The
negative operators are exact complements: `ne` holds wherever `eq` does not, also for null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.kernel import clock
from chalicelib.kernel.errors import SiyuError

Rule = dict[str, Any]
Facts = Mapping[str, Any]
"""What is known of a member: the names of ATTRIBUTES; unknown ones are absent. `tags` is a set of tag ids."""

TEXTS: Final = ("channel_id", "guide_id", "store_id", "origin")
TIMES: Final = ("joined_at",)
ATTRIBUTES: Final = (*TEXTS, *TIMES, "tags")

DEEPEST: Final = 8
MOST_PARTS: Final = 100
MOST_VALUES: Final = 100

ALIASES: Final = {"=": "eq", "==": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
EQUALITY: Final = ("eq", "ne", "in", "not_in", "exists")
ORDER: Final = ("gt", "gte", "lt", "lte")
MEMBERSHIP: Final = ("contains", "contains_any", "contains_all", "exists")
OPS_OF: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(TEXTS, EQUALITY),
    **dict.fromkeys(TIMES, (*EQUALITY, *ORDER)),
    "tags": MEMBERSHIP,
}

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda known, value: known == value,
    "ne": lambda known, value: known != value,
    "in": lambda known, value: known in value,
    "not_in": lambda known, value: known not in value,
    "exists": lambda known, value: (known is not None) == value,
    "gt": lambda known, value: known is not None and known > value,
    "gte": lambda known, value: known is not None and known >= value,
    "lt": lambda known, value: known is not None and known < value,
    "lte": lambda known, value: known is not None and known <= value,
}


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether a member with these facts is in the set that a checked rule describes."""
    if "all" in rule:
        return all(matches(part, facts) for part in rule["all"])
    if "any" in rule:
        return any(matches(part, facts) for part in rule["any"])
    if "not" in rule:
        return not matches(rule["not"], facts)
    if "tag" in rule:
        return rule["tag"] in facts.get("tags", ())
    if rule["attribute"] == "tags":
        return _tags_match(frozenset(facts.get("tags", ())), rule["op"], rule["value"])
    return _COMPARE[rule["op"]](facts.get(rule["attribute"]), rule["value"])


def checked(rule: Any) -> Rule:
    """A caller's rule, complete and in one spelling (times in milliseconds); 400 `invalid_parameter` says where not."""
    parts = 0

    def check(part: Any, where: str, depth: int) -> Rule:
        nonlocal parts
        parts += 1
        if not isinstance(part, dict):
            raise _bad(where, "a rule is an object")
        if depth > DEEPEST or parts > MOST_PARTS:
            raise _bad(where, f"a rule has {MOST_PARTS} parts and {DEEPEST} levels at most")
        kinds = sorted(part)
        if kinds in (["all"], ["any"]) and isinstance(part[kinds[0]], list):
            listed = enumerate(part[kinds[0]])
            return {kinds[0]: [check(one, f"{where}.{kinds[0]}[{n}]", depth + 1) for n, one in listed]}
        if kinds == ["not"]:
            return {"not": check(part["not"], f"{where}.not", depth + 1)}
        if kinds == ["tag"] and isinstance(part["tag"], str):
            return {"tag": part["tag"]}
        if kinds == ["attribute", "op", "value"]:
            return _checked_comparison(part, where)
        raise _bad(where, "use one of all, any, not, tag, or attribute with op and value")

    return check(rule, "rule", 1)


def tags_in(rule: Rule) -> set[str]:
    """Every tag that a checked rule names."""
    if "tag" in rule:
        return {rule["tag"]}
    if rule.get("attribute") == "tags" and rule["op"] != "exists":
        return {rule["value"]} if isinstance(rule["value"], str) else set(rule["value"])
    parts = rule.get("all", rule.get("any", [rule["not"]] if "not" in rule else []))
    return {tag for part in parts for tag in tags_in(part)}


def _tags_match(tags: frozenset[str], op: str, value: Any) -> bool:
    match op:
        case "contains":
            return value in tags
        case "contains_any":
            return not tags.isdisjoint(value)
        case "contains_all":
            return tags.issuperset(value)
    return bool(tags) is bool(value)


def _checked_comparison(part: Rule, where: str) -> Rule:
    attribute, op = part["attribute"], ALIASES.get(str(part["op"]), part["op"])
    if attribute not in ATTRIBUTES:
        raise _bad(f"{where}.attribute", f"one of {', '.join(ATTRIBUTES)}")
    if op not in OPS_OF[attribute]:
        raise _bad(f"{where}.op", f"for {attribute} one of {', '.join(OPS_OF[attribute])}")
    value = _checked_value(attribute, op, part["value"], f"{where}.value")
    return {"attribute": attribute, "op": op, "value": value}


def _checked_value(attribute: str, op: str, value: Any, where: str) -> Any:
    if op == "exists":
        if not isinstance(value, bool):
            raise _bad(where, "true or false")
        return value
    if op in ("in", "not_in", "contains_any", "contains_all"):
        if not isinstance(value, list) or len(value) > MOST_VALUES:
            raise _bad(where, f"a list of {MOST_VALUES} values at most")
        return [_checked_one(attribute, one, where, nullable=op in ("in", "not_in")) for one in value]
    return _checked_one(attribute, value, where, nullable=op in ("eq", "ne"))


def _checked_one(attribute: str, value: Any, where: str, *, nullable: bool) -> Any:
    if value is None and nullable:
        return None
    if not isinstance(value, str):
        raise _bad(where, "a text" + (" or null" if nullable else ""))
    return clock.from_rfc3339(value, where) if attribute in TIMES else value


def _bad(where: str, wanted: str) -> SiyuError:
    return SiyuError("invalid_parameter", f"{where}: {wanted}.", param=where)
