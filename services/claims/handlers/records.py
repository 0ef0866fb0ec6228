"""The facts that a decision was made from, as JSON: with the plan in its version, enough to make it again (CLM-8).

Of the accumulators that is what the decision could look at, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from services.claims.domain.accumulator_documents import accumulators_from_document, accumulators_to_document
from services.claims.domain.adjudication import Decision, adjudicate, names_looked_at
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.facts import ClaimFacts
from services.claims.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class _Record:
    """``accumulators`` of ``around`` stand beside it as documents: JSON has no pairs as keys."""

    facts: ClaimFacts
    around: Circumstances
    accumulators: tuple[dict[str, Any], ...]


_AROUND: Final = tuple(each.name for each in fields(Circumstances) if each.name != "accumulators")


@cache
def _adapter() -> TypeAdapter[_Record]:
    return TypeAdapter(_Record)


def record_of(facts: ClaimFacts, around: Circumstances, plan: Plan | None) -> str:
    """The JSON of all that ``adjudicate`` needs besides the plan."""
    names = names_looked_at(facts, plan) if plan else frozenset()
    record = {
        "facts": facts,
        "around": {name: getattr(around, name) for name in _AROUND},
        "accumulators": [accumulators_to_document(each.narrowed(names)) for each in around.accumulators.values()],
    }
    return orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: object) -> object:
    """What JSON has no word for; a set in an order of its own, so that equal facts are equal texts."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def read_record(record: str) -> tuple[ClaimFacts, Circumstances]:
    """What ``record_of`` wrote."""
    read = _adapter().validate_json(record)
    accumulators = map(accumulators_from_document, read.accumulators)
    return read.facts, replace(read.around, accumulators={each.year: each for each in accumulators})


def replay(record: str, plan: Plan | None) -> Decision:
    """The decision that the recorded facts give under the plan: the one that was made, when it is the same plan."""
    facts, around = read_record(record)
    return adjudicate(facts, plan, around)
