"""Rounding of money, against exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.money import BASIS_POINTS, round_half_up, share_of

HALF = Fraction(1, 2)
amounts = st.integers(0, 99_999_999_999)
shares = st.integers(0, BASIS_POINTS)
fractions = st.builds(Fraction, st.integers(0, 10**14), st.integers(1, 10**6))


@given(fractions)
@example(Fraction(1, 2))
@example(Fraction(5, 2))
@example(Fraction(49_999, 100_000))
def test_rounding_goes_to_the_nearest_cent_and_halves_go_up(amount):
    cents = round_half_up(amount)
    assert isinstance(cents, int)
    assert -HALF < cents - amount <= HALF


@given(st.integers(0, 10**14))
def test_whole_cents_stay_and_a_half_more_goes_up(cents):
    assert round_half_up(Fraction(cents)) == cents
    assert round_half_up(cents + HALF) == cents + 1
    assert round_half_up(cents + HALF - Fraction(1, 10**9)) == cents


@given(fractions.filter(bool))
def test_a_negative_amount_is_not_rounded(amount):
    with pytest.raises(ValueError, match="non-negative"):
        round_half_up(-amount)


@given(amounts, shares)
@example(1, 5_000)
@example(3, 5_000)
@example(99_999_999_999, 9_999)
def test_a_share_is_the_exact_fraction_rounded_half_up(amount, basis_points):
    assert share_of(amount, basis_points) == round_half_up(Fraction(amount * basis_points, BASIS_POINTS))


@given(amounts, shares)
def test_a_share_and_the_rest_add_up_to_the_amount_but_for_a_shared_half(amount, basis_points):
    both = share_of(amount, basis_points) + share_of(amount, BASIS_POINTS - basis_points)
    exact_half = Fraction(amount * basis_points, BASIS_POINTS) % 1 == HALF
    assert both - amount == (1 if exact_half else 0)


@given(amounts)
def test_nothing_and_all_are_exact(amount):
    assert (share_of(amount, 0), share_of(amount, BASIS_POINTS)) == (0, amount)
