"""What a container remembers of what it read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.runtime import cache
from chalicelib.runtime.cache import Bounded, Cache

NOW = 1_800_000_000_000


def ten() -> int:
    return 10


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1)


def test_a_value_is_loaded_once_while_it_is_young(numbers: Iterator[int]) -> None:
    known: Cache[str, int] = Cache(8, ten)

    found = [known.get("a", NOW + later, lambda: next(numbers)) for later in (0, 1, 9, 10, 19, 20)]

    assert found == [1, 1, 1, 2, 2, 3]


def test_the_age_counts_from_the_reading_and_not_from_the_last_use(numbers: Iterator[int]) -> None:
    known: Cache[str, int] = Cache(8, ten)

    found = [known.get("a", NOW + later, lambda: next(numbers)) for later in (0, 6, 12)]

    assert found == [1, 1, 2]


def test_a_clock_that_was_put_back_reads_again(numbers: Iterator[int]) -> None:
    known: Cache[str, int] = Cache(8, ten)
    known.get("a", NOW, lambda: next(numbers))

    assert known.get("a", NOW - 1, lambda: next(numbers)) == 2
    assert known.get("a", NOW + 8, lambda: next(numbers)) == 2


def test_nothing_is_remembered_for_no_time(numbers: Iterator[int]) -> None:
    known: Cache[str, int] = Cache(8, cache.not_at_all)

    assert [known.get("a", NOW, lambda: next(numbers)) for _ in range(3)] == [1, 2, 3]
    assert len(known) == 0


def test_a_failed_load_leaves_nothing_behind() -> None:
    known: Cache[str, int] = Cache(8, ten)

    with pytest.raises(ZeroDivisionError):
        known.get("a", NOW, lambda: 1 // 0)

    assert len(known) == 0
    assert known.get("a", NOW, lambda: 5) == 5


def test_what_is_missing_is_asked_for_again_unless_it_shall_be_remembered() -> None:
    asked: list[str] = []

    def missing(name: str) -> Callable[[], None]:
        return lambda: asked.append(name)

    forgetful: Cache[str, int | None] = Cache(8, ten)
    mindful: Cache[str, int | None] = Cache(8, ten, missing=lambda: 5)
    for later in (0, 4, 5):
        forgetful.get("a", NOW + later, missing("forgetful"))
        mindful.get("a", NOW + later, missing("mindful"))

    assert asked == ["forgetful", "mindful", "forgetful", "forgetful", "mindful"]


def test_a_value_that_is_put_while_another_loads_stays() -> None:
    known: Cache[str, str] = Cache(8, ten)

    def slow() -> str:
        known.put("a", NOW, "fresh")
        return "stale"

    assert known.get("a", NOW, slow) == "stale"
    assert known.get("a", NOW, lambda: "loaded") == "fresh"


def test_a_dropped_value_is_read_anew() -> None:
    known: Cache[str, str] = Cache(8, ten)
    known.put("a", NOW, "old")

    known.drop("a")

    assert known.get("a", NOW, lambda: "new") == "new"


def test_the_one_not_used_for_longest_makes_room_and_all_others_stay() -> None:
    known: Cache[int, int] = Cache(3, ten)
    for key in (1, 2, 3, 1, 4):
        known.get(key, NOW, lambda key=key: key)  # type: ignore[misc]

    loaded = [key for key in (1, 3, 4, 2) if known.get(key, NOW, lambda: -1) == -1]

    assert loaded == [2]


def test_threads_that_meet_a_new_key_get_the_same_value() -> None:
    known: Bounded[str, list[int]] = Bounded(8)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: known.get_or_put("a", []), range(64)))

    assert all(one is found[0] for one in found)


def test_threads_share_a_cache_that_overflows() -> None:
    known: Cache[int, int] = Cache(4, ten)

    def use(number: int) -> int:
        return known.get(number % 9, NOW, lambda: number % 9)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(use, range(4_000)))

    assert found == [number % 9 for number in range(4_000)]
    assert len(known) <= 4


def test_all_caches_are_emptied_together() -> None:
    one: Cache[str, int] = Cache(8, ten)
    other: Bounded[str, int] = Bounded(8)
    one.put("a", NOW, 1)
    other.put("a", 1)

    cache.empty_all()

    assert (len(one), len(other)) == (0, 0)


def test_no_area_has_a_cache_of_its_own() -> None:
    own = [f"{module}: {made}" for module in Path("chalicelib").rglob("*.py") for made in _kept_at_import(module)]

    assert own == []


def _kept_at_import(module: Path) -> Iterator[str]:
    """An empty dict or set at the top of a module: what fills it later is a cache without a bound."""
    for one in ast.parse(module.read_text()).body:
        value = one.value if isinstance(one, ast.Assign | ast.AnnAssign) else None
        if value and ast.unparse(value) in ("{}", "dict()", "set()", "OrderedDict()", "defaultdict()"):
            yield ast.unparse(one)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60), st.integers(1, 4))
def test_no_value_is_ever_older_than_its_lifetime_or_from_the_future(uses: list[tuple[int, int]], most: int) -> None:
    known: Cache[int, tuple[int, int]] = Cache(most, ten)

    for key, at in uses:
        found_key, read_at = known.get(key, at, lambda key=key, at=at: (key, at))  # type: ignore[misc]

        assert found_key == key
        assert 0 <= at - read_at < 10
        assert len(known) <= most
