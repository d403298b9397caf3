"""The invite tree as operators look at it: who invited most, the deepest chains, and the tree itself, page by page."""

from __future__ import annotations

from typing import Final, NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.invites import tables
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import not_found
from chalicelib.runtime.dynamo import Item

TOP: Final = 20
LONGEST_CHAIN: Final = 100
"""Links of a chain that are shown, from its end upwards."""


class TopInviter(NamedTuple):
    """How many valid invites somebody made themselves."""

    participant_id: str
    invites: int


class Chain(NamedTuple):
    """Who invited whom, from the first (or the highest that is shown) down to the last."""

    depth: int
    participants: list[str]


class Node(NamedTuple):
    """A participant in the tree. `invites`: their valid ones, of which the row keeps as many as can matter."""

    participant_id: str
    parent_id: str | None
    depth: int
    joined_at: Millis
    has_acted: bool
    invites: int
    is_under_review: bool


def top_inviters(campaign_id: str) -> list[TopInviter]:
    """Those with the most valid invites."""
    return [TopInviter(row["participant_id"], row["n"]) for row in tables.top_inviters(campaign_id, TOP)]


def deepest_chains(campaign_id: str) -> list[Chain]:
    """A few of the deepest chains, walked upwards together: one read a level."""
    chains = [[leaf] for leaf in tables.deepest(campaign_id)]
    depth = 0
    for step in range(LONGEST_CHAIN):
        ends = sorted({chain[-1] for chain in chains})
        rows = participant_tables.find_participants(ends)
        if step == 0:
            depth = max((row["depth"] for row in rows.values()), default=0)
        parents = {participant_id: row.get("parent_id") for participant_id, row in rows.items()}
        if not any(parents.values()):
            break
        for chain in chains:
            if parent := parents.get(chain[-1]):
                chain.append(parent)
    return [Chain(depth, chain[::-1]) for chain in chains]


def tree(
    campaign_id: str, root: str | None, limit: int, cursor: str | None, now: Millis
) -> tuple[list[Node], str | None]:
    """Whom `root` invited themselves, or who came without an invite; the next cursor. 404 for an unknown root."""
    repository.campaign(campaign_id, now)
    if root is not None:
        known = participant_tables.find_participant(root)
        if known is None or known["campaign_id"] != campaign_id:
            raise not_found("participant", root)
    found, following = tables.children_page(root or campaign_id, is_root=root is None, limit=limit, cursor=cursor)
    rows = participant_tables.find_participants(found)
    return [_node(rows[participant_id]) for participant_id in found if participant_id in rows], following


def _node(row: Item) -> Node:
    return Node(
        participant_id=row["pk"],
        parent_id=row.get("parent_id"),
        depth=row["depth"],
        joined_at=row["joined_at"],
        has_acted="acted_at" in row,
        invites=len(row.get("invitees", ())),
        is_under_review=rules.is_under_review(row),
    )
