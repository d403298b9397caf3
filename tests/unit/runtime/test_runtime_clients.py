"""boto3 clients."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from chalicelib.runtime.aws import client


def test_threads_that_ask_at_once_share_one_client(engine: str) -> None:
    together = Barrier(8)

    def ask(_: int) -> int:
        together.wait()
        return id(client("sns"))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
