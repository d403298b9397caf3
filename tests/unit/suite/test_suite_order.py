"""The order of a run: shuffled, repeatable, complete."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from tests.order import shuffled

TESTS = [
    SimpleNamespace(nodeid=f"tests/{folder}/test_{file}.py::test_{number}")
    for folder in ("unit/codes", "e2e", "tables/codes", "browser")
    for file in ("a", "b")
    for number in range(5)
]


def order(seed: int, tests: list[Any] = TESTS) -> list[str]:
    return [item.nodeid for item in shuffled(tests, seed)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_test_has_its_place_once(seed: int) -> None:
    assert sorted(order(seed)) == sorted(item.nodeid for item in TESTS)
    assert order(seed) != [item.nodeid for item in TESTS]


def test_a_seed_gives_its_order_again_whatever_order_was_collected() -> None:
    assert order(7) == order(7, TESTS[::-1])
    assert order(7) != order(8)


def test_a_file_stays_together_and_the_deployed_stacks_come_first() -> None:
    files = [nodeid.partition("::")[0] for nodeid in order(5)]

    assert sum(one != other for one, other in pairwise(files)) == len(set(files)) - 1
    assert {file.split("/")[1] for file in files[:20]} == {"e2e", "browser"}
