"""At the end of a run over several folders: the seconds each took, and the ten slowest tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

SLOWEST = 10


class Timing:
    """Sums what set-up, call and tear-down took; whoever uses a shared fixture first pays for it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one test."""
        self.seconds[report.nodeid] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print both lists."""
        if len(by_folder(self.seconds)) > 1:
            for line in lines(self.seconds):
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run."""
    config.pluginmanager.register(Timing(), "siyu-timing")


def lines(seconds: Mapping[str, float]) -> list[str]:
    """What is printed of the seconds of each test."""
    folders = sorted(by_folder(seconds).items(), key=lambda one: -one[1][0])
    slowest = sorted(seconds.items(), key=lambda one: -one[1])[:SLOWEST]
    return [
        "seconds  tests  folder",
        *(f"{spent:7.1f} {count:6d}  {folder}" for folder, (spent, count) in folders),
        "seconds  the slowest tests",
        *(f"{spent:7.1f}  {test}" for test, spent in slowest),
    ]


def by_folder(seconds: Mapping[str, float]) -> dict[str, tuple[float, int]]:
    """Folder → seconds, tests."""
    found: dict[str, tuple[float, int]] = {}
    for test, spent in seconds.items():
        folder = str(PurePosixPath(test.partition("::")[0]).parent)
        before, count = found.get(folder, (0.0, 0))
        found[folder] = before + spent, count + 1
    return found
