"""Catalogue documents → ``Catalogue``; every mistake is named by its JSON path."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from services.claims.domain.bilingual import Bilingual, read_bilingual
from services.claims.domain.catalogue import (
    Ask,
    Catalogue,
    ClaimType,
    Named,
    Question,
    QuestionKind,
    Review,
    Service,
)
from services.claims.domain.dental import MOST_SURFACES
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.reasons import ReasonCode

MOST_UNITS: Final = 20
MOST_MINUTES: Final = 240
_ASKS: Final = {ask.value: ask for ask in Ask}


def catalogue_from_document(document: object) -> Catalogue:
    """The catalogue of ``{"version", "categories", "benefits", "questions", "claim_types"}``.

    Claim types name their category, benefit and questions by code. Codes of types and of services are unique together,
    because a line of a claim may carry either.

    Raises:
        InvalidDocumentError: with all problems.
    """
    root = DocumentReader(document)
    version = root.integer("version", minimum=1)
    categories = _read_named(root.children("categories"))
    benefits = _read_named(root.children("benefits"))
    questions = _read_questions(root.children("questions"))
    types: dict[str, ClaimType] = {}
    codes: set[str] = set()
    for entry in root.children("claim_types"):
        claim_type = _read_claim_type(entry, categories=categories, benefits=benefits, questions=questions)
        for code in (claim_type.code, *(service.code for service in claim_type.services)):
            if code in codes:
                entry.report("code", f"{code!r} is the code of another claim type or service")
            codes.add(code)
        types[claim_type.code] = claim_type
    if not types:
        root.report("claim_types", "must hold at least one claim type")
    root.close()
    root.raise_if_invalid("catalogue")
    return Catalogue(version=version, categories=categories, benefits=benefits, types=types)


def _read_named(entries: Iterable[DocumentReader]) -> dict[str, Named]:
    named: dict[str, Named] = {}
    for entry in entries:
        code, names = entry.code("code"), read_bilingual(entry, "names")
        entry.close()
        if code in named:
            entry.report("code", f"{code!r} stands here twice")
        named[code] = Named(code, names)
    return named


def _read_questions(entries: Iterable[DocumentReader]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for entry in entries:
        question = _read_question(entry)
        if question.id in questions:
            entry.report("id", f"{question.id!r} stands here twice")
        questions[question.id] = question
    return questions


def _read_question(entry: DocumentReader) -> Question:
    kind = entry.member("kind", QuestionKind)
    options = tuple(_read_named(entry.children("options")).values())
    if (kind is QuestionKind.CHOICE) != bool(options):
        entry.report("options", "must be given for a question of kind 'choice' and for no other")
    review = None
    review_entry = entry.optional_child("review")
    if review_entry is not None:
        review = Review(review_entry.text("answer"), review_entry.member("reason", ReasonCode))
        review_entry.close()
    question = Question(
        id=entry.code("id"),
        text=read_bilingual(entry, "text"),
        kind=kind,
        required=entry.flag("required"),
        options=options,
        review=review,
    )
    entry.close()
    return question


def _read_claim_type(
    entry: DocumentReader,
    *,
    categories: Collection[str],
    benefits: Collection[str],
    questions: Mapping[str, Question],
) -> ClaimType:
    synonyms = entry.optional_child("synonyms")
    asks = _read_asks(entry)
    for problem in problems_of_asks(asks, surfaces=None):
        entry.report("asks", problem)
    claim_type = ClaimType(
        code=entry.code("code"),
        benefit=entry.choice("benefit", benefits),
        category=entry.choice("category", categories),
        names=read_bilingual(entry, "names"),
        synonyms_fr=synonyms.texts("fr") if synonyms else (),
        synonyms_en=synonyms.texts("en") if synonyms else (),
        unit=read_bilingual(entry, "unit") if entry.has("unit") else Bilingual(fr="service", en="service"),
        common=entry.flag("common"),
        other=entry.flag("other"),
        needs_receipt=entry.flag("needs_receipt"),
        needs_prescription=entry.flag("needs_prescription"),
        needs_referral=entry.flag("needs_referral"),
        asks=asks,
        questions=_questions_of(entry, questions),
        services=_read_services(entry.children("services"), asks),
    )
    if synonyms:
        synonyms.close()
    entry.close()
    return claim_type


def _questions_of(entry: DocumentReader, questions: Mapping[str, Question]) -> tuple[Question, ...]:
    chosen = []
    for index, code in enumerate(entry.texts("questions")):
        if code in questions:
            chosen.append(questions[code])
        else:
            entry.report(f"questions[{index}]", f"{code!r} is not a question of this catalogue")
    return tuple(chosen)


def _read_services(entries: Iterable[DocumentReader], asks_of_type: tuple[Ask, ...]) -> tuple[Service, ...]:
    services: dict[str, Service] = {}
    for entry in entries:
        service = Service(
            code=entry.code("code"),
            names=read_bilingual(entry, "names"),
            asks=tuple(dict.fromkeys((*asks_of_type, *_read_asks(entry)))),
            surfaces=entry.optional_integer("surfaces", minimum=1, maximum=MOST_SURFACES),
            units=entry.optional_integer("units", minimum=1, maximum=MOST_UNITS) or 1,
            unit_minutes=entry.optional_integer("unit_minutes", minimum=1, maximum=MOST_MINUTES),
        )
        if service.code in services:
            entry.report("code", f"{service.code!r} stands here twice")
        for problem in problems_of_asks(service.asks, surfaces=service.surfaces):
            entry.report("asks", problem)
        entry.close()
        services[service.code] = service
    return tuple(services.values())


def _read_asks(entry: DocumentReader) -> tuple[Ask, ...]:
    asks = []
    for index, name in enumerate(entry.texts("asks")):
        if name in _ASKS:
            asks.append(_ASKS[name])
        else:
            entry.report(f"asks[{index}]", f"{name!r} is not one of {', '.join(sorted(_ASKS))}")
    return tuple(asks)


def problems_of_asks(asks: Collection[Ask], *, surfaces: int | None) -> list[str]:
    """What does not go together: surfaces without a tooth, a number of surfaces that is not asked for."""
    problems = []
    if Ask.SURFACES in asks and Ask.TOOTH not in asks:
        problems.append("surfaces are those of a tooth: 'tooth' must be asked for as well")
    if Ask.TOOTH in asks and Ask.AREA in asks:
        problems.append("either 'tooth' or 'area' is asked for, not both")
    if surfaces is not None and Ask.SURFACES not in asks:
        problems.append("a number of surfaces is given, but 'surfaces' is not asked for")
    return problems
