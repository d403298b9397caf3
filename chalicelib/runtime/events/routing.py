"""Which queue hears of what: every type of event that a table's stream tells, and the consumers' queues it goes to.

A queue is named after its function. A type with an empty tuple is told to nobody yet, and says why in a comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ROUTES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "members": {
        "member.joined": ("segments-directory", "insights-fold"),
        "member.changed": ("segments-directory",),
        "member.merged": ("campaigns-acts", "guides-roster"),
        "member.parted": ("guides-roster",),
        "member.erased": ("members-erase",),
        "import.started": ("members-import",),
        "import.part": ("members-import",),
    },
    "codes": {
        "batch.minted": ("codes-history",),
        "code.scanned": ("codes-history", "insights-fold"),
        "code.located": ("codes-history", "insights-fold"),
        "code.claimed": ("codes-prizes", "campaigns-acts"),
        "scan.genuine": ("campaigns-acts",),
        "export.asked": ("codes-exports",),
    },
    "guides": {
        "binding.claimed": ("guides-roster",),
        "contact.changed": ("campaigns-acts",),
    },
    "payouts": {
        "payout.requested": ("payouts-send",),
        "payout.settled": ("campaigns-settled", "insights-fold"),
    },
    "campaigns": {
        "participant.joined": (
            "campaigns-tree",
            "insights-fold",
            "members-timeline",
        ),
        "participant.acted": ("campaigns-tree",),
        "share.drawn": ("campaigns-packets",),
        "packet.drawn": ("insights-fold", "members-timeline"),
    },
    "attribution": {
        "order.placed": ("attribution-freeze",),
        "order.frozen": (
            "attribution-ledger",
            "insights-fold",
            "campaigns-acts",
            "members-timeline",
        ),
        "order.refunded": (
            "attribution-ledger",
            "insights-fold",
            "campaigns-acts",
            "members-timeline",
        ),
    },
    "segments": {
        "segment.changed": ("segments-build",),
    },
    "pushes": {
        "push.planned": ("pushes-plan",),
        "push.page": ("pushes-deliver",),
    },
}

AFTER: Final[Mapping[str, tuple[str, ...]]] = {
    "binding.changed": ("segments-directory", "insights-fold"),
}
"""What a consumer tells when it has found out more than one row's change says."""


def queues_of_stream(area: str) -> list[str]:
    """Every queue that an area's stream function sends to."""
    return sorted({queue for queues in ROUTES[area].values() for queue in queues})
