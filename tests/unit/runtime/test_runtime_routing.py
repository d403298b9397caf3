"""One map says which queue hears of what: nothing is told that it does not know, and nothing it knows is never told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from chalicelib.runtime.events.routing import ROUTES, queues_of_stream
from infra.resources import queue_names

TYPE = re.compile(r"[a-z]+\.[a-z_]+")
ROOT = Path(app.__file__).parent


@pytest.mark.parametrize("area", sorted(ROUTES))
def test_every_type_that_a_stream_tells_has_its_queues(area: str) -> None:
    assert set(_types(ROOT / "chalicelib" / area / "events.py")) == set(ROUTES[area])


def test_every_area_with_a_stream_function_is_on_the_map() -> None:
    streams = {path.stem.removesuffix("_stream") for path in (ROOT / "functions").glob("*_stream.py")}

    assert streams == set(ROUTES)


def test_every_queue_on_the_map_has_a_consumer() -> None:
    assert {queue for area in ROUTES for queue in queues_of_stream(area)} <= set(queue_names())


def test_a_type_belongs_to_one_area() -> None:
    types = [name for routes in ROUTES.values() for name in routes]

    assert len(types) == len(set(types))


def _types(path: Path) -> Iterator[str]:
    """What is written as the type of an event where one is made."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    written = (given.value for call in calls for given in call.args if isinstance(given, ast.Constant))
    return (text for text in written if isinstance(text, str) and TYPE.fullmatch(text))
