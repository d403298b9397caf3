"""A part in a campaign as the member sees it."""

from __future__ import annotations

from chalicelib.campaigns.participants import service
from chalicelib.campaigns.participants.schemas import Part, Progress


def part(found: service.Part) -> Part:
    """A member's part as the member sees it."""
    return Part(
        participant_id=found.participant_id,
        depth=found.depth,
        invite=found.invite,
        poster_url=found.poster_url,
        progress=Progress(found.invites, found.draws, found.next_tier),
        under_review=found.is_under_review,
    )
