"""Catalogue documents → ``Catalogue``; every mistake is named by its JSON path."""

from collections.abc import Collection, Iterable, Mapping

from services.claims.domain.bilingual import Bilingual, read_bilingual
from services.claims.domain.catalogue import Catalogue, ClaimType, Named, Question, QuestionKind, Review
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.reasons import ReasonCode


def catalogue_from_document(document: object) -> Catalogue:
    """The catalogue of ``{"categories", "benefits", "questions", "claim_types"}``.

    Claim types name their category, benefit and questions by code. Codes of types and of services are unique together,
    because a line of a claim may carry either.

    Raises:
        InvalidDocumentError: with all problems.
    """
    root = DocumentReader(document)
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
    return Catalogue(categories=categories, benefits=benefits, types=types)


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
    claim_type = ClaimType(
        code=entry.code("code"),
        benefit=entry.choice("benefit", benefits),
        category=entry.choice("category", categories),
        names=read_bilingual(entry, "names"),
        synonyms_fr=synonyms.texts("fr") if synonyms else (),
        synonyms_en=synonyms.texts("en") if synonyms else (),
        unit=read_bilingual(entry, "unit") if entry.has("unit") else Bilingual(fr="service", en="service"),
        common=entry.flag("common"),
        needs_receipt=entry.flag("needs_receipt"),
        needs_prescription=entry.flag("needs_prescription"),
        needs_referral=entry.flag("needs_referral"),
        questions=_questions_of(entry, questions),
        services=tuple(_read_named(entry.children("services")).values()),
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
