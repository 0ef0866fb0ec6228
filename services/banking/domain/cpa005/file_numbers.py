"""File creation numbers: 0001 to 9999, then again from 0001; recent ones may not come back."""

from collections.abc import Sequence

from shared.errors import Rejected

LOWEST = 1
HIGHEST = 9999


class FileNumberOutOfRange(Rejected):
    """A file creation number lies outside 1 to 9999."""

    def __init__(self, number: int) -> None:
        super().__init__("banking.file_number_out_of_range", number=number)


class FileNumberReused(Rejected):
    """A recent file had this number; the bank would take the new one for a duplicate."""

    def __init__(self, number: int) -> None:
        super().__init__("banking.file_number_reused", number=number)


def next_file_number(last: int | None) -> int:
    """The number after ``last``; 1 for the first file and after 9999.

    Raises:
        FileNumberOutOfRange: ``last`` is no file creation number.
    """
    if last is None:
        return LOWEST
    _check_range(last)
    return LOWEST if last == HIGHEST else last + 1


def check_file_number(number: int, recent: Sequence[int]) -> None:
    """Accept a number from 1 to 9999 that is not in ``recent``, the numbers that the bank still remembers.

    Raises:
        FileNumberOutOfRange: not in 1 to 9999.
        FileNumberReused: in ``recent``.
    """
    _check_range(number)
    if number in recent:
        raise FileNumberReused(number)


def _check_range(number: int) -> None:
    if not LOWEST <= number <= HIGHEST:
        raise FileNumberOutOfRange(number)
