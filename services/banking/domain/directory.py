"""The directory of financial institutions: lines of 400 characters, one for each branch (BNK-1).

The layout is that of the master extract of Payments Canada's Financial Institutions File in its text form
(developer.payments.ca, "FIF Data Model"). Only what direct deposit needs is read; the institution identification
number is taken as the electronic routing number ``0YYYXXXXX``, blanks around it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.banking.domain.institutions import INSTITUTIONS, Institution

LINE_LENGTH: Final = 400

_ROUTING: Final = re.compile(r"0(?P<institution>[0-9]{3})(?P<transit>[0-9]{5})")
_CYCLE: Final = re.compile(r"[0-9]{6}")
_LINE_END: Final = "\r\n"
_NO_INSTITUTION: Final = "000"


@dataclass(frozen=True, slots=True)
class Column:
    """Where a data element stands: first and last character, counted from 1 as in the layout."""

    first: int
    last: int

    def of(self, line: str) -> str:
        """What stands there, without the blanks around it."""
        return line[self.first - 1 : self.last].strip()


INSTITUTION_ID: Final = Column(12, 21)
NAME_EN: Final = Column(34, 69)
NAME_FR: Final = Column(70, 105)
DOMICILE: Final = Column(106, 141)
CIVIC_ADDRESS: Final = Column(142, 177)
CITY: Final = Column(214, 249)
PROVINCE: Final = Column(250, 253)
POSTAL_CODE: Final = Column(254, 263)
CYCLE_DATE: Final = Column(345, 350)


class LineFault(StrEnum):
    """Why a line is refused."""

    LENGTH = "not 400 characters"
    ROUTING = "the institution identification number is not a zero, 3 and 5 digits"
    NAME = "no institution name"
    CYCLE = "the cycle date is not 6 digits"
    REPEATED = "this branch stands on an earlier line"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was not read, counted from 1. Says nothing of what stands on it."""

    number: int
    fault: LineFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch of an institution, as the directory has it."""

    institution: str
    transit: str
    name_en: str
    name_fr: str
    domicile: str
    address: str
    city: str
    province: str
    postal_code: str
    cycle: str = ""

    @property
    def routing(self) -> str:
        """Electronic routing number ``0YYYXXXXX``."""
        return f"0{self.institution}{self.transit}"


def read_line(line: str) -> Branch | LineFault:
    """A line without its end."""
    if len(line) != LINE_LENGTH:
        return LineFault.LENGTH
    number = _ROUTING.fullmatch(INSTITUTION_ID.of(line))
    if number is None or number["institution"] == _NO_INSTITUTION:
        return LineFault.ROUTING
    english, french = NAME_EN.of(line), NAME_FR.of(line)
    if not (english or french):
        return LineFault.NAME
    cycle = CYCLE_DATE.of(line)
    if not _CYCLE.fullmatch(cycle):
        return LineFault.CYCLE
    return Branch(
        institution=number["institution"],
        transit=number["transit"],
        name_en=english or french,
        name_fr=french or english,
        domicile=DOMICILE.of(line),
        address=CIVIC_ADDRESS.of(line),
        city=CITY.of(line),
        province=PROVINCE.of(line),
        postal_code=POSTAL_CODE.of(line),
        cycle=cycle,
    )


def read_directory(lines: Iterable[bytes]) -> Iterator[Branch | RefusedLine]:
    """Every line as a branch or as refused; empty lines are passed over, a branch counts where it stands first."""
    seen: set[str] = set()
    for number, raw in enumerate(lines, start=1):
        line = _text(raw).rstrip(_LINE_END)
        if not line.strip():
            continue
        branch = read_line(line)
        if isinstance(branch, LineFault):
            yield RefusedLine(number, branch)
        elif branch.routing in seen:
            yield RefusedLine(number, LineFault.REPEATED)
        else:
            seen.add(branch.routing)
            yield branch


def _text(raw: bytes) -> str:
    """The layout says nothing of the encoding: what is no UTF-8 is Latin-1, in which every byte is a character."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def institutions_of(branches: Iterable[Branch]) -> tuple[Institution, ...]:
    """The institutions that have branches, in order of their numbers, named as on their first line."""
    found: dict[str, Institution] = {}
    for branch in branches:
        found.setdefault(branch.institution, Institution(branch.institution, branch.name_en, branch.name_fr))
    return tuple(found[number] for number in sorted(found))


def with_hints(listed: Iterable[Institution]) -> Mapping[str, Institution]:
    """By number, with the rules of thumb of the built-in list: the directory has none."""
    return MappingProxyType({one.number: _with_hints(one) for one in listed})


def _with_hints(listed: Institution) -> Institution:
    known = INSTITUTIONS.get(listed.number)
    if known is None:
        return listed
    return replace(listed, account_lengths=known.account_lengths, transits=known.transits)
