"""Who learns of a signed agreement: other services, the signatory's inbox and mailbox, the audit (REG-17, REG-19)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime

from services.identity.domain.accounts import Account
from services.identity.domain.agreements import Agreement
from services.identity.handlers.acts import note
from services.identity.handlers.agreement_views import contract_of
from shared.clock import BUSINESS_ZONE
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.agreements import AgreementSigned
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.notification import InboxText, NewAttachment, PutInboxMessage
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work

FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {"letter": "lettre.pdf", "agreement": "accord-signe.pdf"},
    "en": {"letter": "letter.pdf", "agreement": "signed-agreement.pdf"},
}
"""Names of the documents, in the language in which they are written."""


class AgreementTelling:
    """Everything goes out with the commit of the signature, or nothing."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def signed(
        self,
        agreement: Agreement,
        documents: Mapping[str, bytes],
        account: Account,
        received: Received[Any],
        work: Work,
        *,
        flow_key: str | None,
    ) -> None:
        """Tell everybody. ``documents`` holds ``letter`` and ``agreement``; ``flow_key`` is given where banking holds
        details under it.

        One mail says that something arrived in the inbox; the two messages there have none of their own. What the
        session was closed for is done, so its token is to be replaced.
        """
        now = agreement.signing.signed_at
        work.publish(_agreement_signed(agreement))
        work.publish(_provider_registered(agreement, account, flow_key))
        work.publish(AccessChanged(account_id=account.account_id, changed_at=now))
        work.send(_agreement_message(agreement, documents))
        work.send(_confirmation_message(agreement, account))
        self._notices.to_account(work, "agreement_signed", account.account_id)
        note(
            work,
            received,
            "sensitive_create",
            about=agreement.provider_id,
            account_id=account.account_id,
            details={"agreement_id": agreement.agreement_id, "document_sha256": agreement.document_digest},
            clock=lambda: now,
        )


def _agreement_signed(agreement: Agreement) -> AgreementSigned:
    facts = agreement.facts
    return AgreementSigned(
        agreement_id=agreement.agreement_id,
        account_id=agreement.signing.account_id,
        provider_id=agreement.provider_id,
        reference_number=facts.professional.reference_number,
        text_version=agreement.text_version,
        services_billable_from=facts.effective_date,
        billable_from=agreement.signing.signed_at,
        document_sha256=agreement.document_digest,
        practice_name=facts.practice_name,
        practice_address=contract_of(facts.practice),
    )


def _provider_registered(agreement: Agreement, account: Account, flow_key: str | None) -> ProviderRegistered:
    """Registering ends with the confirmation (source), that is with signing: from now on there is a payee."""
    return ProviderRegistered(
        account_id=account.account_id,
        provider_id=agreement.provider_id,
        holder_name=account.display_name,
        email=account.email,
        language=account.language,
        flow_key=flow_key,
        direct_deposit=flow_key is not None,
        registered_at=agreement.signing.signed_at,
    )


def _agreement_message(agreement: Agreement, documents: Mapping[str, bytes]) -> PutInboxMessage:
    name = agreement.facts.professional.display_name
    files = FILES[agreement.language]
    return PutInboxMessage(
        message_id=f"{agreement.agreement_id}.agreement",
        provider_id=agreement.provider_id,
        kind="agreement",
        subject=InboxText(fr="Votre accord signé", en="Your signed agreement"),
        body=InboxText(
            fr=f"Bonjour {name},\n\nVous trouverez ci-joint une lettre et une copie de votre accord signé.\n\n"
            f"Empreinte de la copie (SHA-256) : {agreement.document_digest}",
            en=f"Hello {name},\n\nAttached are a letter and a copy of your signed agreement.\n\n"
            f"Hash of the copy (SHA-256): {agreement.document_digest}",
        ),
        attachments=tuple(NewAttachment(name=files[each], content=documents[each]) for each in ("letter", "agreement")),
        written_at=agreement.signing.signed_at,
        announced=False,
    )


def _confirmation_message(agreement: Agreement, account: Account) -> PutInboxMessage:
    facts = agreement.facts
    day, opens_at = facts.effective_date, account.opens_at
    return PutInboxMessage(
        message_id=f"{agreement.agreement_id}.registration",
        provider_id=agreement.provider_id,
        kind="registration_confirmed",
        subject=InboxText(
            fr="Confirmation de votre inscription aux services en ligne",
            en="Confirmation of your registration for online services",
        ),
        body=InboxText(
            fr=f"Bonjour {facts.professional.display_name},\n\nVotre inscription aux services en ligne est terminée."
            f"\n\nNom d’utilisateur : {account.user_name}\n{_opening(opens_at, 'fr')}"
            f"Services facturables à partir du {format_date(day, 'long', locale='fr_CA')}\n\n"
            "Gardez votre nom d’utilisateur et votre mot de passe confidentiels.",
            en=f"Hello {facts.professional.display_name},\n\nYour registration for online services is complete."
            f"\n\nUser name: {account.user_name}\n{_opening(opens_at, 'en')}"
            f"Services may be billed from {format_date(day, 'long', locale='en_CA')}\n\n"
            "Keep your user name and your password confidential.",
        ),
        written_at=agreement.signing.signed_at,
        announced=False,
    )


def _opening(opens_at: datetime | None, language: str) -> str:
    if opens_at is None:
        return ""
    written = format_datetime(opens_at, "long", tzinfo=BUSINESS_ZONE, locale=f"{language}_CA")
    return f"Ouverture des services : {written}\n" if language == "fr" else f"Services open: {written}\n"
