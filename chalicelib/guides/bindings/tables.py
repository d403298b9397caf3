"""Claims as rows that are never changed, and the dated policies that decide between them."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.guides.bindings import rules
from chalicelib.guides.bindings.rules import Claim, DatedPolicy, Policy
from chalicelib.guides.models import BindingRow, PolicyRow
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def policy() -> Policy:
    """The newest binding policy, which may come into force in a moment: 0.5 RRU."""
    newest = dynamo.first(PolicyRow, "POLICY", 1, forward=False)
    return _policy_of(newest[0]) if newest else Policy()


def policies() -> list[DatedPolicy]:
    """Every binding policy there ever was, oldest first, read strongly: 1 RRU."""
    rows = dynamo.every(PolicyRow, "POLICY", strong=True)
    return [DatedPolicy(int(row["sk"]), _policy_of(row)) for row in rows]


def put_policy(chosen: Policy, since: Millis) -> None:
    """A policy from a moment on; what was decided before stays. Of two for one moment the last writer's stands."""
    fields = {"kind": chosen.kind, "days": chosen.days, "groups": chosen.groups}
    dynamo.put(PolicyRow, {"pk": "POLICY", "sk": f"{since:013d}", **fields})


def put_claim(claim: Claim) -> bool:
    """Write what a guide claims: 1 WRU, no read. True when it was not known.

    The key is all that it says, so order and repetition of delivery cannot matter.
    """
    row = {"pk": f"BIND#{claim.member_id}", "sk": f"{claim.at:013d}#{claim.guide_id}#{claim.reason}"}
    return dynamo.put_once(BindingRow, {**row, "st": claim.store_id}).done


def claims(member_ids: Iterable[str]) -> list[Claim]:
    """All claims on these members, read strongly: 1 RRU per 4 KB of each, about 40 of them."""
    rows = (row for member_id in member_ids for row in dynamo.every(BindingRow, f"BIND#{member_id}", strong=True))
    return [claim_of(row) for row in rows]


def claim_of(item: Item) -> Claim:
    """A row as a value."""
    at, guide_id, reason = item["sk"].split("#")
    return Claim(item["pk"].removeprefix("BIND#"), guide_id, item.get("st"), int(at), reason)


def _policy_of(row: Item) -> Policy:
    return rules.checked_policy(row["kind"], row["days"], row.get("groups", False))
