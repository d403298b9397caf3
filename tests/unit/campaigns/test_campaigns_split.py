"""Money of a pot, by properties."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.campaigns.pot.split import Pot, share

SEED = "00" * 16


@st.composite
def lucky_pots(draw: st.DrawFn) -> Pot:
    """Any pot that can be split at all."""
    shares = draw(st.integers(1, 400))
    least = draw(st.integers(1, 200))
    most = draw(st.integers(least, 20_000))
    total = draw(st.integers(shares * least, shares * most))
    seed = draw(st.binary(min_size=16, max_size=16)).hex()
    return Pot(total_fen=total, shares=shares, split="lucky", min_fen=least, max_fen=most, seed=seed)


def all_shares(pot: Pot) -> list[int]:
    return [share(pot, index) for index in range(pot.shares)]


@given(lucky_pots())
@settings(max_examples=150, deadline=None)
def test_lucky_shares_sum_exactly_and_keep_their_bounds(pot: Pot) -> None:
    shares = all_shares(pot)

    assert sum(shares) == pot.total_fen
    assert min(shares) >= pot.min_fen
    assert max(shares) <= pot.max_fen


@given(st.integers(1, 500), st.integers(10, 100_000))
@settings(max_examples=100, deadline=None)
def test_equal_shares_sum_exactly_and_differ_by_a_fen_at_most(shares: int, each: int) -> None:
    pot = Pot(total_fen=each * shares + shares // 2, shares=shares, split="equal", min_fen=1, max_fen=10**9, seed=SEED)

    amounts = all_shares(pot)

    assert sum(amounts) == pot.total_fen
    assert max(amounts) - min(amounts) <= 1


def test_lucky_shares_are_as_spread_as_uniform_ones() -> None:
    pot = Pot(total_fen=2_000_000, shares=10_000, split="lucky", min_fen=10, max_fen=20_000, seed=SEED)

    shares = all_shares(pot)

    mean = pot.total_fen / pot.shares
    spread = (sum((amount - mean) ** 2 for amount in shares) / len(shares)) ** 0.5
    # A uniform share between 10 and 390 fen has a standard deviation of 110 fen.
    assert 90 < spread < 130
    halves = sum(shares[:5000]), sum(shares[5000:])
    assert abs(halves[0] - halves[1]) < 0.02 * pot.total_fen


def test_another_seed_makes_other_shares() -> None:
    pots = [
        Pot(total_fen=5_000, shares=40, split="lucky", min_fen=10, max_fen=20_000, seed=seed * 16)
        for seed in ("00", "01")
    ]

    assert all_shares(pots[0]) != all_shares(pots[1])


def test_a_share_of_a_million_is_one_of_the_million() -> None:
    pot = Pot(total_fen=30_000_000, shares=1_000_000, split="lucky", min_fen=10, max_fen=20_000, seed=SEED)

    assert all(10 <= share(pot, index) <= 20_000 for index in (0, 1, 499_999, 999_999))
