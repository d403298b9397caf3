"""Several processes share a run (`pytest -n 2`): one local AWS for all of them, tables, queues and sandbox for each.

A process gets the tests of a whole file. The deployed stack is there once, so all of its tests go to one process.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import support

ON_THE_DEPLOYED_STACK = ("tests/e2e/", "tests/browser/")


class ByFile(LoadScopeScheduling):
    """Hands out files in the order in which they were collected, the deployed stack's as one."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return "deployed" if nodeid.startswith(ON_THE_DEPLOYED_STACK) else nodeid.partition("::")[0]


class Controller:
    """Starts the local AWS before the processes that use it and ends it after them."""

    def __init__(self) -> None:
        self.open = ExitStack()
        self.url = ""

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a process where the local AWS is."""
        if not self.url:
            state = Path(self.open.enter_context(tempfile.TemporaryDirectory(prefix="siyu-tests-")))
            self.url = self.open.enter_context(support.running_engine(state))
        node.workerinput["engine"] = self.url

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> ByFile:
        """Answer what deals the tests out."""
        return ByFile(config, log)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """End the local AWS."""
        self.open.close()


def pytest_configure(config: pytest.Config) -> None:
    """Be the controller when the run has several processes."""
    if config.getoption("dist") != "no" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(), "siyu-controller")
