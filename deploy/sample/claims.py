"""A mixed list of claims, the same for the same arguments: ordinary ones, some above caps, some that must be denied.

Bodies have the shape of ``POST /claims`` (contract ``ClaimSubmission``) and name claim types and service codes of
``services/claims/data/catalogue.json``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Final, NotRequired, TypedDict

AUTHORISATION_VERSION: Final = "2026-01"
_RECENT_DAYS: Final = 120
_BEFORE_ANY_COVERAGE: Final = date(2015, 1, 1)
_ATTEMPTS: Final = 50
_OWN_SHARE: Final = 0.6
"""Of claims for the members themselves."""


class Kind(StrEnum):
    """What a sample claim is there to show."""

    ORDINARY = "ordinary"
    ABOVE_CAP = "above_cap"
    """Charged far above what any plan allows for the service: reduced."""

    BEFORE_COVERAGE = "before_coverage"
    IN_FUTURE = "in_future"
    REPEATED_TREATMENT = "repeated_treatment"
    """The same treatment twice in one claim: the second line is denied, the claim is reduced."""

    NOT_COVERED = "not_covered"
    """Denied in the standard plan, which does not cover it; the premier plan pays."""

    UNKNOWN_SERVICE = "unknown_service"


PATTERN: Final = (
    *(Kind.ORDINARY,) * 4, Kind.ABOVE_CAP, *(Kind.ORDINARY,) * 3, Kind.BEFORE_COVERAGE, Kind.ORDINARY,
    Kind.REPEATED_TREATMENT, *(Kind.ORDINARY,) * 2, Kind.ABOVE_CAP, Kind.NOT_COVERED, Kind.ORDINARY, Kind.IN_FUTURE,
    *(Kind.ORDINARY,) * 2, Kind.UNKNOWN_SERVICE,
)  # fmt: skip
"""Twenty claims in this order, over and over: a short list has some of each as well."""

ALWAYS_DENIED: Final = frozenset({Kind.BEFORE_COVERAGE, Kind.IN_FUTURE, Kind.UNKNOWN_SERVICE})


class ProviderBody(TypedDict):
    name: str
    phone: str


class LineBody(TypedDict):
    service_date: str
    code: str
    units: int
    amount_cents: int
    answers: dict[str, str]
    tooth: NotRequired[str]
    surfaces: NotRequired[str]


class AuthorisationBody(TypedDict):
    accepted: bool
    text_version: str


class ClaimBody(TypedDict):
    """The JSON of ``POST /claims``."""

    claim_type: str
    person_id: str
    provider: ProviderBody
    lines: list[LineBody]
    authorisation: AuthorisationBody


@dataclass(frozen=True, slots=True)
class SampleClaim:
    """A claim to be submitted by ``member`` (a key of ``persons_by_member``) under the idempotency key ``key``."""

    member: str
    key: str
    kind: Kind
    body: ClaimBody


@dataclass(frozen=True, slots=True)
class _Service:
    claim_type: str
    code: str
    least_cents: int
    most_cents: int
    asks_about_accident: bool = False
    on_tooth: bool = False


_SERVICES: Final = (
    _Service("physiotherapy", "PH-TRT", 7_500, 11_500, asks_about_accident=True),
    _Service("physiotherapy", "PH-EVA", 9_000, 13_000, asks_about_accident=True),
    _Service("chiropractic", "CH-TRT", 4_800, 8_500, asks_about_accident=True),
    _Service("osteopathy", "OS-TRT", 7_500, 11_000, asks_about_accident=True),
    _Service("podiatry", "PO-TRT", 6_000, 9_500, asks_about_accident=True),
    _Service("psychology", "PS-SES", 13_000, 20_000),
    _Service("dietitian", "DI-CON", 7_000, 10_500),
    _Service("dental_exam", "DX-RCL", 4_000, 6_000),
    _Service("dental_cleaning", "DC-POL", 4_500, 6_500),
    _Service("dental_scaling", "DS-SCL", 5_000, 7_500),
    _Service("dental_filling", "DB-CMP", 15_000, 22_000, on_tooth=True),
    _Service("eye_exam", "VX-EXM", 8_500, 13_000),
)
_CAPPED: Final = tuple(service for service in _SERVICES if service.code in {"PH-TRT", "CH-TRT", "OS-TRT", "DB-CMP"})
_NOT_IN_STANDARD: Final = (
    _Service("naturopathy", "NA-CON", 6_000, 9_000, asks_about_accident=True),
    _Service("acupuncture", "AC-TRT", 6_000, 9_000, asks_about_accident=True),
)
_MOLARS: Final = ("16", "26", "36", "46")
_UNKNOWN_CODE: Final = "ZZ-000"
_PLACES: Final = (
    "des Érables", "du Vieux-Moulin", "Saint-Aubin", "Rivière-Claire", "Mapleton", "Harbour View", "Cedar Hill",
    "Northgate", "Lac-aux-Hérons", "Fairmount",
)  # fmt: skip


def sample_claims(
    persons_by_member: Mapping[str, Sequence[str]], *, count: int, seed: int, today: date
) -> tuple[SampleClaim, ...]:
    """``count`` claims of these members, taking turns.

    Args:
        persons_by_member: ids of the persons of each member's dossier, the member's own first; the keys are the
            caller's own.
        count: how many; the first twenty show every kind.
        seed: another seed gives other claims.
        today: service dates lie within the 120 days before it, save where a kind wants otherwise.

    Raises:
        ValueError: a member without persons, or no members.
    """
    if not persons_by_member or not all(persons_by_member.values()):
        raise ValueError("every member needs at least one person")
    maker = _Maker(Random(seed), today)  # noqa: S311 - the same claims every time is the point
    members = list(persons_by_member)
    return tuple(
        maker.claim(number, members[number % len(members)], persons_by_member[members[number % len(members)]], seed)
        for number in range(count)
    )


class _Maker:
    """Makes claims and remembers their treatments, so that only a claim that is meant to repeat one does."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._seen: set[tuple[str, str, date]] = set()

    def claim(self, number: int, member: str, persons: Sequence[str], seed: int) -> SampleClaim:
        kind = PATTERN[number % len(PATTERN)]
        person = persons[0] if self._random.random() < _OWN_SHARE else self._random.choice(persons)
        service = self._random.choice(_services_of(kind))
        line = self._line(service, person, kind)
        lines = [line, line.copy()] if kind is Kind.REPEATED_TREATMENT else [line]
        body = ClaimBody(
            claim_type=service.claim_type,
            person_id=person,
            provider=self._provider(service),
            lines=lines,
            authorisation=AuthorisationBody(accepted=True, text_version=AUTHORISATION_VERSION),
        )
        return SampleClaim(member, f"sample-{seed}-{number:06d}", kind, body)

    def _line(self, service: _Service, person: str, kind: Kind) -> LineBody:
        amount = self._random.randint(service.least_cents // 25, service.most_cents // 25) * 25
        line = LineBody(
            service_date=self._day(service, person, kind).isoformat(),
            code=_UNKNOWN_CODE if kind is Kind.UNKNOWN_SERVICE else service.code,
            units=1,
            amount_cents=amount * 3 if kind is Kind.ABOVE_CAP else amount,
            answers={"work_accident": "no"} if service.asks_about_accident else {},
        )
        if service.on_tooth:
            line["tooth"], line["surfaces"] = self._random.choice(_MOLARS), "MOD"
        return line

    def _day(self, service: _Service, person: str, kind: Kind) -> date:
        if kind is Kind.BEFORE_COVERAGE:
            return _BEFORE_ANY_COVERAGE + timedelta(days=self._random.randrange(365))
        if kind is Kind.IN_FUTURE:
            return self._today + timedelta(days=self._random.randint(3, 30))
        for _ in range(_ATTEMPTS):
            day = self._today - timedelta(days=self._random.randint(1, _RECENT_DAYS))
            if (person, service.code, day) not in self._seen:
                break
        self._seen.add((person, service.code, day))
        return day

    def _provider(self, service: _Service) -> ProviderBody:
        place = self._random.randrange(len(_PLACES))
        kind = "Dental Clinic" if service.claim_type.startswith("dental") else "Clinique"
        return ProviderBody(name=f"{kind} {_PLACES[place]}", phone=f"514-555-01{place:02d}")


def _services_of(kind: Kind) -> tuple[_Service, ...]:
    match kind:
        case Kind.ABOVE_CAP:
            return _CAPPED
        case Kind.NOT_COVERED:
            return _NOT_IN_STANDARD
        case _:
            return _SERVICES
