"""`Idempotency-Key`: one seed per key for 24 hours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kernel.clock import DAY
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.http.idempotency import admit

NOW = 1_800_000_000_000


def test_the_same_key_and_body_have_the_same_seed(pk: str) -> None:
    first = admit(pk, "k", b"{}", NOW)

    assert admit(pk, "k", b"{}", NOW + DAY - 1) == first
    assert admit(pk, "other", b"{}", NOW) != first
    assert admit(pk + "x", "k", b"{}", NOW) != first


def test_another_body_is_refused(pk: str) -> None:
    admit(pk, "k", b"{}", NOW)

    with pytest.raises(SiyuError) as refused:
        admit(pk, "k", b"{ }", NOW)

    assert (refused.value.code, refused.value.status) == ("idempotency_conflict", 409)


def test_a_key_is_free_again_after_a_day(pk: str) -> None:
    first = admit(pk, "k", b"{}", NOW)

    assert admit(pk, "k", b"other", NOW + DAY) != first


def test_eight_at_once_have_one_seed(pk: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        seeds = set(threads.map(lambda _: admit(pk, "k", b"{}", NOW), range(8)))

    assert len(seeds) == 1


def test_a_key_may_have_255_characters(pk: str) -> None:
    admit(pk, "k" * 255, b"", NOW)

    with pytest.raises(SiyuError) as refused:
        admit(pk, "k" * 256, b"", NOW)

    assert refused.value.param == "Idempotency-Key"
