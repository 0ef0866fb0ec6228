"""Money: integer cents of Canadian dollars, and the one place where a fraction of a cent is rounded."""

from fractions import Fraction

Cents = int
"""An amount in cents. Never a float, never a decimal dollar amount."""

BASIS_POINTS = 10_000
"""One whole, in hundredths of a percent: 80 % is 8 000."""


def round_half_up(amount: Fraction) -> Cents:
    """Round a non-negative rational number of cents to whole cents, halves upwards.

    Raises:
        ValueError: for a negative amount; the direction of "up" would be ambiguous.
    """
    if amount < 0:
        raise ValueError("only non-negative amounts are rounded")
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def share_of(amount: Cents, basis_points: int) -> Cents:
    """``basis_points`` of ``amount``, rounded half up to a whole cent."""
    return (2 * amount * basis_points + BASIS_POINTS) // (2 * BASIS_POINTS)
