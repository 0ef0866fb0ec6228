"""Reads JSON-able documents into typed values and names every mistake by its JSON path.

All problems are collected and reported at once, so that whoever writes a plan corrects it in one go.
"""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

from services.claims.domain.errors import InvalidDocumentError, Problem

EnumT = TypeVar("EnumT", bound=StrEnum)

_MISSING = object()
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")


class DocumentReader:
    """One JSON object at one path; readers of nested objects share its list of problems.

    Reading never raises: a wrong value is noted and a neutral one (``""``, the minimum) returned in its place, so
    what is built from it is only usable after ``raise_if_invalid``, which ends the reading.
    """

    __slots__ = ("_entries", "_problems", "_unread", "path")

    def __init__(self, value: object, path: str = "$", problems: list[Problem] | None = None) -> None:
        self.path = path
        self._problems: list[Problem] = [] if problems is None else problems
        self._entries: Mapping[object, object] | None = value if isinstance(value, Mapping) else None
        self._unread = set(self._entries or ())
        if self._entries is None:
            self._problems.append(Problem(path, "must be an object"))

    def report(self, key: str, text: str) -> None:
        """Note a mistake in the value under ``key`` (the empty key means this object)."""
        if self._entries is not None:
            self._problems.append(Problem(f"{self.path}.{key}" if key else self.path, text))

    def close(self) -> None:
        """Note every key that nobody asked for: it is misspelt or means nothing."""
        for key in sorted(map(str, self._unread)):
            self.report(key, "is not a known key here")

    def raise_if_invalid(self, document: str) -> None:
        if self._problems:
            raise InvalidDocumentError(document, self._problems)

    def has(self, key: str) -> bool:
        """Whether the key is there with a value other than null."""
        self._unread.discard(key)
        return (self._entries or {}).get(key) is not None

    def names(self) -> tuple[str, ...]:
        """The keys that are there, in their order."""
        return tuple(map(str, self._entries or ()))

    def text(self, key: str) -> str:
        value = self._value(key)
        if isinstance(value, str) and value.strip():
            return value
        if value is not _MISSING:
            self.report(key, "must be a text that is not empty")
        return ""

    def code(self, key: str) -> str:
        """A text of ASCII letters, digits, ``_``, ``-`` and ``.``."""
        value = self.text(key)
        if value and not _CODE.fullmatch(value):
            self.report(key, f"{value!r} must be letters, digits, '_', '-' or '.' only")
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self.text(key)
        if value and value not in allowed:
            self.report(key, f"{value!r} is not one of {', '.join(sorted(allowed))}")
        return value

    def member(self, key: str, members: type[EnumT]) -> EnumT:
        """A member of the enumeration by its value; the first one stands in for a mistake."""
        value = self.choice(key, [member.value for member in members])
        return next((member for member in members if member.value == value), next(iter(members)))

    def integer(self, key: str, *, minimum: int = 0, maximum: int | None = None) -> int:
        value = self._value(key)
        if value is _MISSING:
            return minimum
        if not isinstance(value, int) or isinstance(value, bool):
            self.report(key, "must be a whole number")
            return minimum
        if value < minimum or (maximum is not None and value > maximum):
            upper = "" if maximum is None else f" and at most {maximum}"
            self.report(key, f"{value} must be at least {minimum}{upper}")
            return minimum
        return value

    def optional_integer(self, key: str, *, minimum: int = 0, maximum: int | None = None) -> int | None:
        return self.integer(key, minimum=minimum, maximum=maximum) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """A boolean that may be left out when false."""
        self._unread.discard(key)
        value = (self._entries or {}).get(key, False)
        if not isinstance(value, bool):
            self.report(key, "must be true or false")
        return value is True

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; absent means none."""
        if not self.has(key):
            return ()
        value = self._value(key)
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        self.report(key, "must be a list of texts")
        return ()

    def integers_by_key(self, key: str, *, minimum: int = 0) -> dict[str, int]:
        """An object whose values are whole numbers; absent means empty."""
        child = self.optional_child(key)
        return {} if child is None else {name: child.integer(name, minimum=minimum) for name in child.names()}

    def child(self, key: str) -> "DocumentReader":
        value = self._value(key)
        if value is _MISSING:
            # The absence is already noted: what is read below it must not be reported again.
            return DocumentReader(None, f"{self.path}.{key}", [])
        return DocumentReader(value, f"{self.path}.{key}", self._problems)

    def optional_child(self, key: str) -> "DocumentReader | None":
        return self.child(key) if self.has(key) else None

    def children(self, key: str) -> "list[DocumentReader]":
        """The objects of a list; absent means none."""
        if not self.has(key):
            return []
        value = self._value(key)
        if not isinstance(value, list | tuple):
            self.report(key, "must be a list")
            return []
        return [DocumentReader(item, f"{self.path}.{key}[{index}]", self._problems) for index, item in enumerate(value)]

    def _value(self, key: str) -> object:
        self._unread.discard(key)
        value = (self._entries or {}).get(key, _MISSING)
        if value is _MISSING:
            self.report(key, "is missing")
        return value
