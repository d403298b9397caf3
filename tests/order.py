"""Tests run in an order of their own: files are shuffled, and the tests in each. The same seed gives the same order."""

from __future__ import annotations

import random

import pytest

from tests.workers import ON_THE_DEPLOYED_STACK

USUAL_SEED = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the caller choose another order."""
    parser.addoption("--order", type=int, default=USUAL_SEED, metavar="SEED", help="shuffle by this number; 0: do not")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to get this order again."""
    terminalreporter.write_line(f"order: --order={config.getoption('order')}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle."""
    seed = config.getoption("order")
    if seed:
        items[:] = shuffled(items, seed)


def shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """The tests in another order, file by file; those of the deployed stack first, which take longest."""
    dice = random.Random(seed)
    files: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: item.nodeid):
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    names = sorted(files)
    dice.shuffle(names)
    for name in names:
        dice.shuffle(files[name])
    names.sort(key=lambda name: not name.startswith(ON_THE_DEPLOYED_STACK))
    return [item for name in names for item in files[name]]
