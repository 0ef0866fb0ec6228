"""The signed agreement and its letter as PDF (REG-19)."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.identity.documents.paper import Paper, written_day
from services.identity.domain.addresses import Address
from services.identity.domain.agreements import Agreement, AgreementText

_WORDS: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "agreement.toml").read_text(encoding="utf-8")
)


def agreement_document(agreement: Agreement, text: AgreementText) -> bytes:
    """The agreement with the facts of the six steps, and how it was signed."""
    words, facts, signing = _WORDS[agreement.language], agreement.facts, agreement.signing
    paper = Paper(
        language=agreement.language,
        title=text.title,
        foot=f"{words['page']} {agreement.agreement_id}",
        made_at=signing.signed_at,
    )
    paper.headline(text.title)
    paper.heading(words["who"])
    paper.facts(_signatory(agreement, words))
    paper.heading(words["steps"])
    paper.facts(
        (
            (words["effective"], f"{_effective(agreement)}\n{words['committed']}"),
            (words["facts"], words["confirmed"]),
            (words["correspondence"], _address(facts.correspondence)),
            (words["practice"], f"{facts.practice_name}\n{_address(facts.practice)}"),
            (words["payment"], words["transfer"]),
            (words["billing"], words["no_accreditation"]),
            (words["statements"], _address(facts.statements)),
        )
    )
    for article in text.articles:
        paper.heading(article.heading)
        for paragraph in article.paragraphs:
            paper.paragraph(paragraph)
    paper.heading(words["signature"])
    paper.facts(
        (
            (words["signed_at"], paper.instant(signing.signed_at)),
            (words["how"], f"{words['in_session']} ({signing.assurance})"),
            (words["user_name"], signing.user_name),
            (words["session"], signing.session_id),
            (words["text"], agreement.text_version),
            (words["digest"], agreement.text_digest),
            (words["agreement"], agreement.agreement_id),
        )
    )
    return paper.finished()


def letter_document(agreement: Agreement) -> bytes:
    """The letter that goes with the copy; it names the copy by its hash."""
    words, facts = _WORDS[agreement.language], agreement.facts
    signed_at = agreement.signing.signed_at
    paper = Paper(
        language=agreement.language,
        title=words["letter"],
        foot=f"{words['page']} {agreement.agreement_id}",
        made_at=signed_at,
    )
    paper.paragraph("\n".join((facts.professional.display_name, *facts.correspondence.lines)))
    paper.paragraph(paper.day(signed_at))
    paper.headline(words["letter"])
    paper.paragraph(words["dear"].format(name=facts.professional.display_name))
    for name in ("letter_1", "letter_2", "letter_3", "letter_4"):
        paper.paragraph(words[name].format(effective=_effective(agreement)))
    paper.paragraph(words["regards"])
    paper.facts(((words["agreement"], agreement.agreement_id), (words["document"], agreement.document_digest)))
    return paper.finished()


def _signatory(agreement: Agreement, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    professional = agreement.facts.professional
    return (
        (words["name"], professional.display_name),
        (words["reference"], professional.reference_number),
        (words["permit"], professional.permit_number),
        (words["order"], professional.order),
    )


def _effective(agreement: Agreement) -> str:
    return written_day(agreement.facts.effective_date, agreement.language)


def _address(address: Address) -> str:
    return "\n".join((*address.lines, *([address.phone] if address.phone else [])))


class AgreementDocuments:
    """The port ``Documents``."""

    def __init__(self, texts: Mapping[str, AgreementText]) -> None:
        self._texts = texts

    def agreement(self, agreement: Agreement) -> bytes:
        """The agreement with the text in its language."""
        return agreement_document(agreement, self._texts[agreement.language])

    def letter(self, agreement: Agreement) -> bytes:
        """Its letter."""
        return letter_document(agreement)
