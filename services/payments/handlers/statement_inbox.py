"""The copy of a statement in the secure inbox (PAY-5)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import format_currency

from services.payments.domain.statement_documents import Language, Reader, StatementDocument
from shared.contracts.notification import INBOX_LIMIT_BYTES, InboxText, NewAttachment, PutInboxMessage
from shared.contracts.payments import StatementIssued
from shared.money import Cents

_LOCALES: Final = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}


def inbox_messages(
    event: StatementIssued,
    readers: Sequence[Reader],
    documents: Mapping[Language, StatementDocument],
    *,
    mailed: Collection[str],
) -> Iterator[PutInboxMessage]:
    """One message for a provider; one for each account of a dossier, with the statement in its language.

    Accounts in ``mailed`` get a mail about the payment, so the message needs none of its own.
    """
    if event.payee_class == "provider":
        for reader in readers[:1]:
            announced = not mailed
            yield _message(event, documents[reader.language], provider_id=event.payee_id, announced=announced)
        return
    for reader in readers:
        announced = reader.account_id not in mailed
        yield _message(event, documents[reader.language], account_id=reader.account_id, announced=announced)


def _message(
    event: StatementIssued,
    document: StatementDocument,
    *,
    announced: bool,
    account_id: str | None = None,
    provider_id: str | None = None,
) -> PutInboxMessage:
    fits = len(document.content) <= INBOX_LIMIT_BYTES
    return PutInboxMessage(
        message_id=f"{event.batch_number}.statement" + ("" if account_id is None else f".{account_id}"),
        account_id=account_id,
        provider_id=provider_id,
        kind="statement",
        subject=InboxText(
            fr=f"Votre relevé des prestations – lot {event.batch_number}",
            en=f"Your explanation of benefits – batch {event.batch_number}",
        ),
        body=_body(event, document, attached=fits),
        attachments=(NewAttachment(name=document.name, content=document.content),) if fits else (),
        written_at=event.issued_at,
        announced=announced,
    )


def _body(event: StatementIssued, document: StatementDocument, *, attached: bool) -> InboxText:
    """A statement that is too long to be attached waits where payments are."""
    where_fr = "Le relevé est joint à ce message." if attached else "Le relevé est dans « Mes paiements »."
    where_en = "The statement is attached." if attached else "You will find the statement under “My payments”."
    return InboxText(
        fr=f"Bonjour,\n\nUn paiement de {_money(event.amount_cents, 'fr')} (lot {event.batch_number}) vous a été "
        f"envoyé. {where_fr} Il montre chaque ligne, son calcul et les motifs, et reste disponible en tout temps.\n\n"
        f"Empreinte du fichier (SHA-256) : {document.sha256}",
        en=f"Hello,\n\nA payment of {_money(event.amount_cents, 'en')} (batch {event.batch_number}) was sent to you. "
        f"{where_en} It shows each line, how it was computed and the reasons, and stays available at any time.\n\n"
        f"Hash of the file (SHA-256): {document.sha256}",
    )


def _money(cents: Cents, language: Language) -> str:
    return format_currency(Decimal(cents) / 100, "CAD", locale=_LOCALES[language])
