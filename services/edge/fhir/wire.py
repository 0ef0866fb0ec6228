"""Resources as bytes, exactly: numbers with a fraction are ``Decimal`` both ways, never a float."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson

from services.edge.problems import Malformed

DEEPEST: Final = 40
"""Levels of nesting; a claim with all its parts has about ten."""
_LONGEST_NUMBER: Final = 40
_NUMBER: Final = re.compile(r"-?[0-9.]+(?:[eE][+-]?[0-9]{1,4})?")


def read(raw: bytes) -> Mapping[str, object]:
    """The JSON object in ``raw``.

    Raises:
        Malformed: not UTF-8, not JSON (``NaN`` is not), a name twice in one object, too deep, or no object at all.
    """
    try:
        orjson.loads(raw)
        found = json.loads(
            raw.decode(), parse_float=_exact, parse_int=_whole, parse_constant=_exact, object_pairs_hook=_named_once
        )
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(found, dict) or _deeper_than(found, DEEPEST):
        raise Malformed
    return found


def written(resource: Mapping[str, object]) -> bytes:
    """The resource as JSON; amounts with the digits that they have."""
    return orjson.dumps(resource, default=_digits)


def _exact(literal: str) -> Decimal:
    if len(literal) > _LONGEST_NUMBER or _NUMBER.fullmatch(literal) is None:
        raise ValueError("no number that anything here is measured in")
    return Decimal(literal)


def _whole(literal: str) -> int:
    if len(literal) > _LONGEST_NUMBER:
        raise ValueError("no number that anything here is counted in")
    return int(literal)


def _named_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _digits(value: object) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError
