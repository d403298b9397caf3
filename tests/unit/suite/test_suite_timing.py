"""The end of a run tells where its time went, before pytest's own last line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.timing import SLOWEST, lines

ROOT = Path(__file__).parents[3]


def test_folders_stand_in_order_of_their_seconds() -> None:
    seconds = {"tests/a/test_x.py::test_1": 1.0, "tests/b/test_y.py::test_2": 2.0, "tests/a/test_x.py::t": 3.5}

    assert lines(seconds)[:3] == [
        "seconds  tests  folder",
        "    4.5      2  tests/a",
        "    2.0      1  tests/b",
    ]


def test_the_slowest_tests_are_named_and_no_more_than_ten() -> None:
    seconds = {f"tests/a/test_x.py::test_{number}": float(number) for number in range(SLOWEST + 5)}

    named = lines(seconds)[3:]

    assert len(named) == SLOWEST
    assert named[0] == "   14.0  tests/a/test_x.py::test_14"


def test_the_last_line_of_a_run_is_pytests_own() -> None:
    files = ["tests/unit/segments", "tests/unit/insights"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files]

    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()

    assert "seconds  tests  folder" in printed
    assert printed[-1].split()[1:3] == ["passed", "in"]
