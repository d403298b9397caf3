"""The commission policy: versions that are never changed, each in force from a moment on."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chalicelib.attribution import rules, tables
from chalicelib.attribution.rules import DEFAULT_POLICY, Policy, Rule
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.cache import Cache
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.settings import settings

_CONFLICT: Final = "The policy was changed by somebody else. Read it again and repeat the change."
_pages: Final[Cache[str | None, Page]] = Cache(4)


def policy_as_of(moment: Millis, now: Millis) -> Policy:
    """The version in force at `moment`; 0.5 RRU, cached. Before the first one: the default."""
    cursor: str | None = None
    while True:
        rows, cursor = _newest_first(cursor, now)
        for row in rows:
            if row["effective_at"] <= moment:
                return _policy(row)
        if cursor is None:
            return DEFAULT_POLICY


def newest_policy() -> Policy:
    """The newest version, read strongly; it may come into force in a moment."""
    row = tables.newest_policy()
    return _policy(row) if row else DEFAULT_POLICY


def replace_policy(
    policy_rules: tuple[Rule, ...], lookback_days: int, *, expected_version: int | None, now: Millis
) -> Policy:
    """Make a new version, in force as soon as no container keeps the old one; the same content makes none.

    422 `refused` for a policy that cannot be paid, 409 `conflict` unless `expected_version` is the newest.
    """
    rules.check_rules(policy_rules, lookback_days)
    newest = newest_policy()
    if (newest.rules, newest.lookback_days) == (policy_rules, lookback_days):
        return newest
    if expected_version not in (None, newest.version):
        raise SiyuError("conflict", _CONFLICT, param="version")
    effective_at = max(_earliest(now), newest.effective_at)
    policy = Policy(newest.version + 1, effective_at, policy_rules, lookback_days)
    outcome = tables.add_policy(policy.version, _fields(policy))
    # A row that is there with our content was written by us: boto3 sent the put twice.
    if not outcome.done and _policy(outcome.item) != policy:
        raise SiyuError("conflict", _CONFLICT, param="version")
    return policy


def _earliest(now: Millis) -> Millis:
    # To the whole second, because shops send `paid_at` in whole seconds.
    return now // SECOND * SECOND + 2 * settings().cache_seconds * SECOND


def _newest_first(cursor: str | None, now: Millis) -> Page:
    def read() -> Page:
        return tables.policies(cursor)

    return _pages.get(cursor, now, read)


def _policy(row: Item) -> Policy:
    fields: dict[str, Any] = {
        "version": int(row["sk"]),
        "effective_at": row["effective_at"],
        "rules": row["rules"],
        "lookback_days": row["lookback_days"],
    }
    return msgspec.convert(fields, Policy)


def _fields(policy: Policy) -> Item:
    fields: Item = msgspec.to_builtins(policy)
    del fields["version"]
    return fields
