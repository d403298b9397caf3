"""Sizes of tests: what shows the thing within a second in the suite, the large ones in `make soak`."""

from __future__ import annotations

import os

LARGE = "SIYU_TEST_LARGE"
"""The variable that asks for the large sizes. Tests that have one are marked `soak`."""


def size(usual: int, *, soak: int) -> int:
    """How much of something a test makes in this run."""
    return soak if os.environ.get(LARGE) else usual
