"""A decision in plain words, in French or in English (CLM-8, CLM-9): the trace, told rule by rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.claims.domain.adjudication.decision import Decision, LineDecision, Outcome
from services.claims.domain.adjudication.figure_text import figure_text
from services.claims.domain.adjudication.trace import Figures, StepOutcome, TraceStep
from services.claims.domain.bilingual import Bilingual, Language, read_bilingual
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.reasons import Reason, ReasonCode, reasons_from_document

_BENEFIT = "benefit.rounded"


@dataclass(frozen=True, slots=True)
class Wording:
    """Reasons by code, and sentences by key.

    Keys of sentences: ``claim`` and ``line`` (headings), ``outcome.<outcome>``, ``estimate`` (what a pended line may
    come to), ``waived`` (a question that a reviewer answered), and a rule id with a step outcome
    (``allowed.customary_charge/reduced``). Their placeholders are figures; a rule without a sentence goes unsaid.
    ``services`` are the names of what lines carry, by code; one without a name is told by its code.
    """

    reasons: Mapping[ReasonCode, Reason]
    sentences: Mapping[str, Bilingual]
    services: Mapping[str, Bilingual] = field(default_factory=dict)


def wording_from_documents(reasons: object, sentences: object) -> Wording:
    """Wording of ``{"reasons": […]}`` and ``{"sentences": [{"key", "words": {"fr", "en"}}]}``.

    Raises:
        InvalidDocumentError: with all problems of one of the two.
    """
    root = DocumentReader(sentences)
    by_key: dict[str, Bilingual] = {}
    for entry in root.children("sentences"):
        key = entry.text("key")
        if key in by_key:
            entry.report("key", f"{key!r} stands here twice")
        by_key[key] = read_bilingual(entry, "words")
        entry.close()
    root.close()
    root.raise_if_invalid("sentences")
    return Wording(reasons=reasons_from_document(reasons), sentences=by_key)


def explain(decision: Decision, language: Language, *, wording: Wording) -> list[str]:
    """The decision as sentences: the claim, then each line with its steps, reasons and next steps."""
    totals = decision.totals
    told = [
        _sentence(
            wording.sentences["claim"],
            (("submitted_cents", totals.submitted_cents), ("benefit_cents", totals.benefit_cents)),
            language=language,
            texts={"outcome": wording.sentences[f"outcome.{decision.outcome}"].of(language)},
        )
    ]
    for line in decision.lines:
        told.extend(_explain_line(line, language, wording=wording))
    return told


def _explain_line(line: LineDecision, language: Language, *, wording: Wording) -> list[str]:
    """One line as sentences: its heading, what each rule found, each reason with its next step."""
    service = wording.services.get(line.code)
    heading = _sentence(
        wording.sentences["line"],
        (
            ("number", line.number),
            ("submitted_cents", line.submitted_cents),
            ("benefit_cents", line.benefit_cents),
        ),
        language=language,
        texts={
            "service": service.of(language) if service else line.code,
            "service_date": line.service_date.isoformat(),
            "outcome": wording.sentences[f"outcome.{line.outcome}"].of(language),
        },
    )
    told = [heading]
    for step in _steps_told(line):
        if step.outcome is StepOutcome.PASSED and step.reason_code is not None:
            words = wording.reasons[step.reason_code].words.of(language)
            told.append(_sentence(wording.sentences["waived"], (), language=language, texts={"reason": words}))
            continue
        template = wording.sentences.get(f"{step.rule_id}/{step.outcome}")
        if step.rule_id == _BENEFIT and line.outcome is Outcome.PENDED:
            template = wording.sentences["estimate"]
        if template is not None and step.figures:
            told.append(_sentence(template, step.figures, language=language))
    for code in line.reason_codes:
        reason = wording.reasons[code]
        told.append(f"{reason.words.of(language)} {reason.next_step.of(language)}")
    return told


def _steps_told(line: LineDecision) -> tuple[TraceStep, ...]:
    """A refusal is told by the rule that refused: what was worked out before it was not used."""
    return line.trace[-1:] if line.outcome is Outcome.DENIED else line.trace


def _sentence(
    template: Bilingual, figures: Figures, *, language: Language, texts: Mapping[str, str] | None = None
) -> str:
    values = {name: figure_text(name, value, language=language) for name, value in figures}
    return template.of(language).format_map({**values, **(texts or {})})
