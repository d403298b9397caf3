"""`python -m infra.local.sandbox --port 8099 --state .local/sandbox`"""

import argparse
import logging
import signal
import threading
from pathlib import Path

from .control_settings import checked_url
from .keys import load_or_create
from .server import SandboxServer


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s sandbox %(message)s")
    state = Path(options.state)
    keys = load_or_create(Path(options.keys) if options.keys else state / "keys.json")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with SandboxServer(state, keys, port=options.port) as server:
        if options.wecom_callback_url is not None:
            server.sandbox.store.set_setting("wecom_callback_url", checked_url(options.wecom_callback_url))
        print(f"WeChat sandbox ready on {server.url}", flush=True)
        ended.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra.local.sandbox", description="The WeChat hosts on one machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", required=True, help="directory of the state, made when absent")
    parser.add_argument("--keys", help="file of the keys, made when absent (default: keys.json in the state)")
    parser.add_argument("--wecom-callback-url", help="where WeCom events are delivered")
    return parser.parse_args()


if __name__ == "__main__":
    main()
