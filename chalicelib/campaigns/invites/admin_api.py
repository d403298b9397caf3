"""The route by which operators look at the invite tree."""

from __future__ import annotations

from chalicelib.campaigns.invites import queries
from chalicelib.campaigns.invites.schemas import Node, TreeQuery
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed

api = Api(__name__)


@api.get("/admin/campaigns/{campaign_id}/tree", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def show_tree(campaign_id: str, query: TreeQuery, now: Millis) -> Listed[Node]:
    """The invite tree, one participant's invitees at a time."""
    nodes, cursor = queries.tree(campaign_id, query.root, query.limit, query.cursor, now)
    return Listed(
        [Node(**{**node._asdict(), "joined_at": to_rfc3339(node.joined_at)}) for node in nodes],
        cursor,
    )
