"""What guides keep of a person: shown to them, and forgotten. Bindings stay: commissions are computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.guides.bindings import service as binding_service
from chalicelib.guides.bindings import tables as binding_tables
from chalicelib.guides.models import Contact, RosterRow
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.guides.staff import tables as staff_tables
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.members.service import Person
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def bindings(person: Person) -> list[Item]:
    """Every guide that the person was ever bound to, since when and why."""
    return [
        {"guide_id": found.guide_id, "store_id": found.store_id, "at": to_rfc3339(found.at), "reason": found.reason}
        for found in binding_service.bindings_of(person)
    ]


def forget(member_ids: Sequence[str], contacts: Iterable[str]) -> None:
    """Delete the contacts (by `service.contact_key`), and the members from every guide's list."""
    rows = [row for contact in contacts for row in dynamo.every(Contact, f"CONTACT#{contact}", strong=True)]
    staff = (staff_tables.staff(row["sk"]) or {} for row in rows)
    guides = {row["guide_id"] for row in staff if row.get("guide_id")}
    claimed = {claim.guide_id for claim in binding_tables.claims(member_ids)}
    for one in member_ids:
        dynamo.delete_all(RosterRow, [rosters_tables.roster_key(guide, one) for guide in sorted(guides | claimed)])
    # Last: they say which lists to look at, also for a try that follows a crash.
    dynamo.delete_all(Contact, [(row["pk"], row["sk"]) for row in rows])
