"""What each function may touch: areas read, areas written, queues sent to, secrets read."""

from __future__ import annotations

from typing import Final

from infra.policies import Grant

GRANTS: Final = {
    "api_handler": Grant(
        writes=("brand", "runtime"),
        secrets=("app", "codes", "mini-program", "wecom", "pay"),
    ),
}
