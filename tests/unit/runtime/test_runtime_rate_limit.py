"""How often something happened lately, and how fast a worker may go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.runtime.rate_limit import Pacer, WindowCounter

NOW = 1_800_000_000_000


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_each_key_is_counted_from_its_own_first_time_on() -> None:
    counter: WindowCounter[str] = WindowCounter(60)

    counts = [counter.add(key, NOW + at) for key, at in (("a", 0), ("b", 30), ("a", 59), ("a", 60), ("b", 60))]

    assert counts == [1, 1, 2, 1, 2]
    assert [counter.count("b", NOW + at) for at in (60, 89, 90)] == [2, 2, 0]


def test_looking_counts_nothing() -> None:
    counter: WindowCounter[str] = WindowCounter(60)
    counter.add("a", NOW)

    assert [counter.count("a", NOW) for _ in range(3)] == [1, 1, 1]
    assert counter.count("b", NOW) == 0


def test_a_clock_that_was_put_back_begins_a_new_window() -> None:
    counter: WindowCounter[str] = WindowCounter(60)
    counter.add("a", NOW)

    assert counter.count("a", NOW - 1) == 0
    assert counter.add("a", NOW - 1) == 1


def test_a_total_rises_from_where_its_window_found_it() -> None:
    counter: WindowCounter[str] = WindowCounter(60)

    assert [counter.rise("a", NOW + at, total) for at, total in ((0, 100), (10, 107), (59, 150), (60, 155))] == [
        0,
        7,
        50,
        0,
    ]


def test_a_counter_that_begins_anew_forgets_what_was() -> None:
    counter: WindowCounter[str] = WindowCounter(60)
    counter.rise("a", NOW, 100)

    counter.restart("a")

    assert counter.rise("a", NOW, 150) == 0


def test_so_many_keys_are_remembered_and_the_busy_ones_stay() -> None:
    counter: WindowCounter[int] = WindowCounter(60, 10)

    for key in range(1_000):
        counter.add(-1, NOW)
        counter.add(key, NOW)

    assert counter.count(-1, NOW) == 1_000
    assert sum(bool(counter.count(key, NOW)) for key in range(1_000)) == 9


def test_threads_lose_no_count() -> None:
    counter: WindowCounter[str] = WindowCounter(60)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counter.add("a", NOW), range(4_000)))

    assert counter.count("a", NOW) == 4_000


def test_a_worker_that_was_idle_does_not_make_up_for_it() -> None:
    clock = Clock()
    pacer = Pacer(10, clock, clock.sleep)
    pacer.wait()
    clock.at = 60.0

    starts = []
    for _ in range(3):
        pacer.wait()
        starts.append(round(clock.at, 3))

    assert starts == [60.0, 60.1, 60.2]


@given(st.lists(st.floats(0, 3), max_size=60))
def test_no_second_sees_more_starts_than_the_rate(pauses: list[float]) -> None:
    clock, starts = Clock(), []
    pacer = Pacer(10, clock, clock.sleep)

    for pause in pauses:
        clock.at += pause
        pacer.wait()
        starts.append(clock.at)

    assert all(later - earlier > 0.0999 for earlier, later in pairwise(starts))
