"""Members as guides see them."""

from __future__ import annotations

from chalicelib.guides.bindings import rules as binding_rules
from chalicelib.guides.rosters import schemas
from chalicelib.guides.rosters.queries import OwnRow
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item


def own_member(row: OwnRow) -> schemas.OwnMember:
    """A member in a guide's list."""
    bound = bool(row.roster.get("bound"))
    return schemas.OwnMember(
        member_id=members.member_id_of(row.profile),
        bound=bound,
        bound_at=to_rfc3339(row.roster["bat"]) if bound else None,
        followed=bool(row.roster.get("followed")),
        phone_masked=row.profile.get("phone_masked"),
        last_activity=row.last["kind"],
        last_activity_at=to_rfc3339(row.last["at"]),
    )


def member_profile(
    profile: Item, binding: binding_rules.Binding | None, messages: list[Item], timeline: list[Item], cursor: str | None
) -> schemas.MemberProfile:
    """One member with what they got and a page of their timeline."""
    return schemas.MemberProfile(
        member_id=members.member_id_of(profile),
        channel_id=profile["channel_id"],
        channel_latest=profile["channel_latest"],
        phone_masked=profile.get("phone_masked"),
        joined_at=to_rfc3339(profile["created_at"]),
        guide_id=binding.guide_id if binding else None,
        bound_at=to_rfc3339(binding.at) if binding else None,
        bound_by=binding.reason if binding else None,
        messages=[
            schemas.Message(row["push_id"], row["title"], row["purpose"], to_rfc3339(row["at"])) for row in messages
        ],
        timeline=[{"kind": row["kind"], "at": to_rfc3339(row["at"]), **row["facts"]} for row in timeline],
        next_cursor=cursor,
    )
