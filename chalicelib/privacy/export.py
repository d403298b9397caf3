"""What a person may take along (个人信息查阅): what members and every other area keep of them."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import to_rfc3339
from chalicelib.members import service
from chalicelib.runtime.dynamo import Item


def everything(profile: Item) -> dict[str, Any]:
    """All but the timeline, over the profile and those merged into it."""
    from chalicelib.attribution import privacy as attribution
    from chalicelib.campaigns import privacy as campaigns
    from chalicelib.guides import privacy as guides
    from chalicelib.payouts import privacy as payouts
    from chalicelib.pushes import privacy as pushes
    from chalicelib.segments import privacy as segments

    ids = service.person_of(profile).ids
    known = service.united(profile)
    return {
        "member_ids": list(ids),
        "phone": service.phone_of(profile),
        "unionid": known["unionid"],
        "external_userid": known["external_userid"],
        "accounts": sorted(known["accounts"]),
        "origin": profile["origin"],
        "consent_history": [_answer(row) for one in ids for row in service.consents_of(one)],
        "bindings": guides.bindings(service.person_of(profile)),
        "tags": sorted({tag for one in ids for tag in segments.tags(one)}),
        "touches": [_touch(row) for one in ids for row in attribution.touches(one)],
        "packets": [row for one in ids for row in campaigns.packets(one)],
        "gifts": [row for one in ids for row in campaigns.gifts(one)],
        "payouts": [row for one in ids for row in payouts.payouts(one)],
        "pushes": [pushes.known(one) for one in ids],
    }


def _answer(row: Item) -> Item:
    purpose = row["sk"].split("#")[1]
    return {"purpose": purpose, "granted": row["granted"], "version": row["version"], "at": to_rfc3339(row["at"])}


def _touch(row: Item) -> Item:
    return {**row, "at": to_rfc3339(row["at"])}
