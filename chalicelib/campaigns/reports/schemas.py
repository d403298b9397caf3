"""What the routes of reports take and answer."""

from __future__ import annotations

from chalicelib.campaigns.fraud.schemas import Reviewed
from chalicelib.runtime.http import Answer


class Level(Answer):
    """People at one depth: 0 came by themselves, 1 were invited by those, and so on. Conversions did the act."""

    depth: int
    participants: int
    conversions: int


class TopInviter(Answer):
    """Somebody and their valid invites."""

    participant_id: str
    invites: int


class Chain(Answer):
    """Who invited whom, first to last; at most the last hundred."""

    depth: int
    participants: list[str]


class CampaignReport(Answer):
    """A campaign in numbers. Money in fen; of what was drawn, paid arrived and released came back.

    `drawn_fen_per_hour` since the start; `empty_at` if that goes on. `under_review`: the first hundred.
    """

    campaign_id: str
    state: str
    funded_fen: int
    drawn_fen: int
    paid_fen: int
    released_fen: int
    remaining_fen: int
    reoffered_fen: int
    drawn_fen_per_hour: int
    empty_at: str | None
    participants: int
    conversions: int
    max_depth: int
    by_depth: list[Level]
    top_inviters: list[TopInviter]
    deepest_chains: list[Chain]
    under_review: list[Reviewed]
