from __future__ import annotations

import threading
import time

import pytest

from chalicelib.wechat.access_tokens import FreshToken, SharedTokens, StoredToken
from chalicelib.wechat.errors import Misconfigured, Unreachable
from tests.unit.wechat.wechat_host import Clock, MemoryStore


class Platform:
    """Answers T1, T2, … and counts how often it was asked, and how often by force."""

    def __init__(self, lifetime: float = 7200.0) -> None:
        self.lifetime = lifetime
        self.forced: list[bool] = []

    def __call__(self, force: bool) -> FreshToken:
        self.forced.append(force)
        return FreshToken(f"T{len(self.forced)}", self.lifetime)


def tokens_of(store: MemoryStore, platform: Platform, clock: Clock) -> SharedTokens:
    return SharedTokens("mp", store, platform, clock, clock.sleep)


def test_a_token_is_fetched_once_for_all_containers(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()

    one, two = (tokens_of(store, platform, clock) for _ in range(2))

    assert [one.get(), one.get(), two.get()] == ["T1", "T1", "T1"]
    assert platform.forced == [False]


def test_whoever_needs_it_renews_it_three_minutes_before_its_end(store: MemoryStore, clock: Clock) -> None:
    tokens = tokens_of(store, Platform(), clock)
    tokens.get()

    clock.now += 7200 - 181
    assert tokens.get() == "T1"

    clock.now += 2
    assert tokens.get() == "T2"


def test_the_schedule_renews_it_before_anybody_else(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    schedule, others = tokens_of(store, platform, clock), tokens_of(store, platform, clock)
    unused = schedule.renew_early()
    others.get()

    early = [schedule.renew_early() for clock.now in (clock.now + 6899, clock.now + 6901, clock.now + 6961)]

    assert (unused, early) == (False, [False, True, False])
    clock.now += 60
    assert others.get() == "T2"
    assert platform.forced == [False, False]


def test_the_schedule_leaves_it_to_who_holds_the_lease(store: MemoryStore, clock: Clock) -> None:
    store.save("mp", "old", clock.now + 200)
    store.lease("mp", clock.now, 10)

    assert not tokens_of(store, Platform(), clock).renew_early()


def test_while_another_fetches_the_old_one_serves_to_its_end(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    store.save("mp", "old", clock.now + 200)
    store.lease("mp", clock.now, 10)

    assert tokens_of(store, platform, clock).get() == "old"
    assert platform.forced == []


def test_without_an_old_one_it_waits_for_the_holder_of_the_lease(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    store.lease("mp", clock.now, 10)

    def sleep(seconds: float) -> None:
        clock.now += seconds
        if clock.now > 1_750_000_002:
            store.save("mp", "theirs", clock.now + 7200)

    assert SharedTokens("mp", store, platform, clock, sleep).get() == "theirs"
    assert platform.forced == []


def test_a_holder_that_died_is_replaced_when_its_lease_ends(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    store.lease("mp", clock.now, 10)

    assert tokens_of(store, platform, clock).get() == "T1"
    assert clock.now >= 1_750_000_010


def test_a_refused_token_is_renewed_by_force(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    tokens = tokens_of(store, platform, clock)

    assert tokens.refresh(tokens.get()) == "T2"
    assert tokens.get() == "T2"
    assert platform.forced == [False, True]


def test_a_container_with_a_stale_copy_takes_what_another_renewed(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    one, two = (tokens_of(store, platform, clock) for _ in range(2))
    stale = one.get()
    two.get()
    one.refresh(stale)

    assert two.refresh(stale) == "T2"
    assert platform.forced == [False, True]


def test_force_is_used_at_most_once_per_thirty_seconds(store: MemoryStore, clock: Clock) -> None:
    platform = Platform()
    tokens = tokens_of(store, platform, clock)
    second = tokens.refresh(tokens.get())

    with pytest.raises(Unreachable):
        tokens.refresh(second)
    clock.now += 30

    assert tokens.refresh(second) == "T3"
    assert platform.forced == [False, True, True]


def test_a_bad_secret_is_not_repeated_for_a_minute(store: MemoryStore, clock: Clock) -> None:
    asked = []

    def fetch(force: bool) -> FreshToken:
        asked.append(force)
        raise Misconfigured("gettoken", "40001", "bad secret")

    tokens = SharedTokens("mp", store, fetch, clock, clock.sleep)
    for _ in range(5):
        with pytest.raises(Misconfigured):
            tokens.get()
    assert len(asked) == 1

    clock.now += 61
    with pytest.raises(Misconfigured):
        tokens.get()
    assert len(asked) == 2


def test_a_refused_token_is_forgotten_even_when_it_can_not_be_renewed(store: MemoryStore, clock: Clock) -> None:
    def fetch(force: bool) -> FreshToken:
        raise Unreachable("stable_token", "no_connection")

    store.save("mp", "T0", clock.now + 7200)
    tokens = SharedTokens("mp", store, fetch, clock, clock.sleep)
    with pytest.raises(Unreachable):
        tokens.refresh(tokens.get())
    store.save("mp", "theirs", clock.now + 7200)

    assert tokens.get() == "theirs"


def test_many_threads_fetch_once(store: MemoryStore) -> None:
    clock, got = Clock(), []
    fetched: list[bool] = []
    barrier = threading.Barrier(12)

    def slow_fetch(force: bool) -> FreshToken:
        fetched.append(force)
        time.sleep(0.05)
        return FreshToken("T1", 7200)

    def run() -> None:
        tokens = SharedTokens("mp", store, slow_fetch, clock, lambda _: time.sleep(0.005), wait_seconds=60)
        barrier.wait()
        got.append(tokens.get())

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == ["T1"] * 12
    assert fetched == [False]


def test_tokens_are_not_shown() -> None:
    assert "secret" not in repr(StoredToken("secret", 1.0)) + repr(FreshToken("secret", 1.0))
