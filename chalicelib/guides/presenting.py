"""Rows of guides as callers see them."""

from __future__ import annotations

from chalicelib.guides import rules, service, shapes, ways
from chalicelib.guides.reading import OwnRow
from chalicelib.kernel.clock import Millis, to_rfc3339, to_rfc3339_or_none
from chalicelib.runtime.dynamo import Item


def guide(row: Item) -> shapes.Guide:
    """A guide."""
    return shapes.Guide(
        guide_id=row["sk"],
        name=row["name"],
        userid=row["userid"],
        store_id=row["store_id"],
        badge=service.badge_of(row["sk"]),
        qr_code=row.get("qr_code"),
        successor_id=row.get("heir"),
        created_at=to_rfc3339(row["created_at"]),
    )


def own_member(row: OwnRow) -> shapes.OwnMember:
    """A member in a guide's list."""
    bound = bool(row.roster.get("bound"))
    return shapes.OwnMember(
        member_id=member_id_of(row.profile),
        bound=bound,
        bound_at=to_rfc3339(row.roster["bat"]) if bound else None,
        followed=bool(row.roster.get("followed")),
        phone_masked=row.profile.get("phone_masked"),
        last_activity=row.last["kind"],
        last_activity_at=to_rfc3339(row.last["at"]),
    )


def member_profile(
    profile: Item, binding: service.Binding | None, messages: list[Item], timeline: list[Item], cursor: str | None
) -> shapes.MemberProfile:
    """One member with what they got and a page of their timeline."""
    return shapes.MemberProfile(
        member_id=member_id_of(profile),
        channel_id=profile["channel_id"],
        channel_latest=profile["channel_latest"],
        phone_masked=profile.get("phone_masked"),
        joined_at=to_rfc3339(profile["created_at"]),
        guide_id=binding.guide_id if binding else None,
        bound_at=to_rfc3339(binding.at) if binding else None,
        bound_by=binding.reason if binding else None,
        messages=[
            shapes.Message(row["push_id"], row["title"], row["purpose"], to_rfc3339(row["at"])) for row in messages
        ],
        timeline=[{"kind": row["kind"], "at": to_rfc3339(row["at"]), **row["facts"]} for row in timeline],
        next_cursor=cursor,
    )


def history(member_id: str, now: Millis) -> shapes.History:
    """A member's bindings as intervals, oldest first; each ends when the next begins."""
    rows = rules.intervals(service.history(member_id))
    ends = [*(row.at for row in rows[1:]), None]
    in_force = rules.in_force(rows, now)
    return shapes.History(
        member_id=member_id,
        guide_id=in_force.guide_id if in_force else None,
        bindings=[
            shapes.BindingInterval(
                guide_id=row.guide_id,
                store_id=row.store_id,
                reason=row.reason,
                from_at=to_rfc3339(row.at),
                to_at=to_rfc3339_or_none(end),
            )
            for row, end in zip(rows, ends, strict=True)
        ],
    )


def transfer(transfer_id: str, job: Item) -> shapes.Transfer:
    """A transfer in numbers."""
    return shapes.Transfer(
        transfer_id=transfer_id,
        guide_id=job["src"],
        to_guide_id=job["dst"],
        resigned=job["resigned"],
        state="done" if job["ended"] else "waiting" if job["asked"] else "asking",
        waiting=int(job["counts"].get("waiting", 0)),
        done=int(job["counts"].get("done", 0)),
        failed=int(job["counts"].get("failed", 0)),
        created_at=to_rfc3339(job["created_at"]),
    )


def transfer_detail(transfer_id: str, job: Item, rows: list[Item], cursor: str | None) -> shapes.TransferDetail:
    """A transfer with a page of its customers."""
    items = [
        shapes.TransferredMember(row["m"], "waiting" if row["st"] == "asked" else row["st"], row.get("why"))
        for row in rows
    ]
    return shapes.TransferDetail(transfer=transfer(transfer_id, job), items=items, next_cursor=cursor)


def contact_way(row: Item) -> shapes.ContactWay:
    """A shared code."""
    turns, backups = ways.turns_of(row["turns"]), ways.turns_of(row["backups"])
    behind = set(row.get("applied") or ())
    return shapes.ContactWay(
        contact_way_id=row["sk"],
        name=row["name"],
        store_id=row["store_id"],
        place=row["place"],
        channel_id=row["channel_id"],
        guides=[shapes.WayGuide(turn.guide_id, turn.daily_cap, list(turn.hours)) for turn in turns],
        backups=[turn.guide_id for turn in backups],
        on_duty=sorted({turn.guide_id for turn in (*turns, *backups) if turn.userid in behind}),
        qr_code=row.get("qr_code"),
        created_at=to_rfc3339(row["created_at"]),
    )


def member_id_of(profile: Item) -> str:
    """The member whose profile this is."""
    return str(profile["pk"]).removeprefix("MBR#")
