"""What each function may touch: areas read, areas written, queues sent to, secrets read.

A stream function sends to the queues in its `routes`; that and its own event source need no line here.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec


class Grant(msgspec.Struct, frozen=True):
    """Areas whose tables are read or written, queues sent to, secrets read."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    exports: Literal["", "read", "write"] = ""
    """What may be done with the files in the bucket of exports."""
    imports: Literal["", "upload", "read"] = ""
    """What may be done with the files of members to bring in, in the same bucket."""


GRANTS: Final = {
    "api_handler": Grant(
        reads=("insights",),
        writes=(
            "attribution",
            "brand",
            "campaigns",
            "codes",
            "guides",
            "members",
            "payouts",
            "pushes",
            "runtime",
            "segments",
        ),
        sends=("guides-contacts", "guides-transfers", "payouts-notified", "payouts-send"),
        secrets=("app", "codes", "mini-program", "wecom", "pay"),
        # Its links to finished files are signed with its own rights.
        exports="read",
        imports="upload",
    ),
    "attribution-freeze": Grant(
        reads=("members", "guides"), writes=("attribution",), sends=("attribution-freeze",), secrets=("app",)
    ),
    "attribution-ledger": Grant(writes=("attribution",)),
    "attribution-stream": Grant(),
    "campaigns-acts": Grant(reads=("members",), writes=("campaigns", "payouts"), secrets=("app",)),
    "campaigns-due": Grant(
        reads=("members",), writes=("campaigns", "payouts"), sends=("campaigns-packets",), secrets=("app",)
    ),
    "campaigns-packets": Grant(reads=("members",), writes=("campaigns", "payouts"), secrets=("app",)),
    "campaigns-settled": Grant(writes=("campaigns", "payouts")),
    "campaigns-stream": Grant(),
    "campaigns-reconcile": Grant(reads=("members",), writes=("campaigns", "payouts"), secrets=("app",)),
    "campaigns-reconcile-plan": Grant(reads=("campaigns",), sends=("campaigns-reconcile",)),
    "campaigns-tree": Grant(reads=("members",), writes=("campaigns", "payouts"), secrets=("app",)),
    "codes-exports": Grant(writes=("codes",), sends=("codes-exports",), secrets=("codes",), exports="write"),
    "codes-history": Grant(reads=("brand",), writes=("codes", "members"), secrets=("app",)),
    "codes-prizes": Grant(reads=("members",), writes=("codes", "payouts")),
    "codes-reconcile": Grant(reads=("members",), writes=("codes", "payouts")),
    "codes-stream": Grant(),
    "guides-contacts": Grant(
        reads=("brand",), writes=("guides", "members", "attribution", "runtime"), secrets=("app", "wecom")
    ),
    "guides-check": Grant(
        reads=("guides",), writes=("runtime",), sends=("guides-check", "guides-contacts"), secrets=("app", "wecom")
    ),
    "guides-due": Grant(writes=("guides", "runtime"), sends=("guides-transfers",), secrets=("app", "wecom")),
    "guides-nightly": Grant(reads=("guides",), sends=("guides-check",)),
    "guides-roster": Grant(reads=("members",), writes=("guides",), sends=("insights-fold", "segments-directory")),
    "guides-stream": Grant(),
    "guides-transfers": Grant(
        reads=("brand",),
        writes=("guides", "members", "runtime"),
        sends=("guides-transfers",),
        secrets=("app", "wecom"),
    ),
    "guides-warm": Grant(secrets=("wecom",)),
    "insights-fold": Grant(writes=("insights",)),
    "members-erase": Grant(
        writes=("attribution", "campaigns", "guides", "members", "payouts", "pushes", "segments"), secrets=("app",)
    ),
    "members-import": Grant(
        reads=("brand",), writes=("members",), sends=("members-import",), secrets=("app",), imports="read"
    ),
    "members-stream": Grant(),
    "members-timeline": Grant(writes=("members",)),
    "members-erase-due": Grant(reads=("members",), sends=("members-erase",)),
    "payouts-notified": Grant(writes=("payouts",)),
    # `app` for the payee's name, which is kept encrypted from 2,000 yuan on.
    "payouts-reconcile": Grant(writes=("payouts",), secrets=("app", "pay")),
    "payouts-send": Grant(writes=("payouts",), sends=("payouts-send",), secrets=("app", "pay")),
    "payouts-stream": Grant(),
    "pushes-deliver": Grant(
        reads=("members",),
        writes=("pushes", "runtime"),
        sends=("pushes-deliver",),
        secrets=("app", "mini-program"),
    ),
    "pushes-due": Grant(writes=("pushes",), sends=("pushes-plan",)),
    "pushes-plan": Grant(reads=("segments",), writes=("pushes",), sends=("pushes-plan", "pushes-deliver")),
    "pushes-stream": Grant(),
    "segments-build": Grant(writes=("segments",), sends=("segments-build",)),
    "segments-directory": Grant(reads=("members", "guides"), writes=("segments",), secrets=("app",)),
    "segments-stream": Grant(),
    "tokens-refresh": Grant(writes=("runtime",), secrets=("mini-program", "wecom")),
}
