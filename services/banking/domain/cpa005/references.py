"""The cross-references of one file, remembered in little memory, so that a repeated one is found."""

from array import array
from typing import Final

_FIRST_SIZE: Final = 1 << 10
_EMPTY: Final = 0
_BITS: Final = (1 << 64) - 1


class References:
    """A set of texts that only grows, in 12 to 24 bytes for each instead of the hundred of a ``set``.

    It keeps 64 bits of each text, salted anew in every process: among 100 000 different texts two are taken for the
    same with a probability below one in 10**9, and not again by the next process that reads the same file.
    """

    def __init__(self) -> None:
        self._slots = _empty(_FIRST_SIZE)
        self._count = 0

    def add(self, text: str) -> bool:
        """Remember ``text``; tells whether it was new."""
        key = hash(text) & _BITS or 1
        if not _put(self._slots, key):
            return False
        self._count += 1
        if 3 * self._count > 2 * len(self._slots):
            self._grow()
        return True

    def _grow(self) -> None:
        larger = _empty(2 * len(self._slots))
        for key in self._slots:
            if key != _EMPTY:
                _put(larger, key)
        self._slots = larger


def _empty(size: int) -> "array[int]":
    return array("Q", [_EMPTY]) * size


def _put(slots: "array[int]", key: int) -> bool:
    """Open addressing: the first free slot from the one that the key names; False when the key stands before it."""
    last = len(slots) - 1
    place = key & last
    while (found := slots[place]) != _EMPTY:
        if found == key:
            return False
        place = (place + 1) & last
    slots[place] = key
    return True
