"""Members as the routes answer them."""

from __future__ import annotations

from chalicelib.kernel.clock import to_rfc3339
from chalicelib.members.schemas import Me
from chalicelib.members.tables import member_id_of
from chalicelib.runtime.dynamo import Item


def me(profile: Item, guide_id: str | None, openid: str) -> Me:
    consents = {purpose: {**said, "at": to_rfc3339(said["at"])} for purpose, said in profile["consents"].items()}
    return Me(
        member_id=member_id_of(profile),
        channel_id=profile["channel_id"],
        channel_latest=profile["channel_latest"],
        guide_id=guide_id,
        phone_masked=profile.get("phone_masked"),
        openid=openid or profile.get("openid"),
        consents=consents,
        created_at=to_rfc3339(profile["created_at"]),
    )
