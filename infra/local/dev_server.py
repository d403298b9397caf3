"""`make dev`: the HTTP routes out of the working tree, reloaded at every change, on the running stack's data."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from infra.local import children, stack
from infra.local.paths import ROOT
from infra.local.processes import free_port


def serve(described: dict[str, Any]) -> int:
    """Serve until Ctrl-C. The event functions stay the deployed ones: `make up` renews them."""
    port = free_port(*range(8000, 8100))
    url = f"http://127.0.0.1:{port}"
    print(f"HTTP with autoreload on {url}; data, queues and event functions are those of the running stack.")
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "local", "--stage", "main"]
    try:
        return subprocess.run(
            [*command, "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **children.aws_environment(children.known()), **environment(described, url)},
            check=False,
        ).returncode
    except KeyboardInterrupt:
        return 0


def environment(described: dict[str, Any], public_url: str) -> dict[str, str]:
    """The settings of the running stack, as its functions have them, for code outside of it."""
    return {
        "SIYU_STAGE": "local",
        "SIYU_STACK": stack.NAME,
        "SIYU_QUEUE_URL_BASE": f"{described['aws_endpoint_url']}/000000000000/{stack.NAME}-",
        "SIYU_PUBLIC_URL": public_url,
        "SIYU_WEIXIN_URL": described["sandbox_url"],
        "SIYU_WECOM_URL": described["sandbox_url"],
        "SIYU_PAY_URL": described["sandbox_url"],
        "SIYU_CACHE_SECONDS": "1",
        "SIYU_SETTLING_SECONDS": "0",
        "SIYU_TRUSTED_ADDRESSES": "127.0.0.1",
        "SIYU_CLOCK_CAN_MOVE": "1",
    }
