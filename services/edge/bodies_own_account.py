"""Bodies of what members change of their own account."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.edge.bodies import Body, CodeSent
from shared.contracts import Identifier
from shared.contracts.identity import CertificateNumber, ContractNumber, EmailAddress
from shared.contracts.identity.own_account import ContactView
from shared.contracts.identity.terms import TermsId, TermsVersion


class DossierRequest(Body):
    """One more contract and certificate (REG-7)."""

    contract_number: ContractNumber
    certificate_number: CertificateNumber
    birth_date: date


class DossierChoice(Body):
    """Which of one's dossiers the session is for (LOG-6)."""

    dossier_id: Identifier


class ContactRequest(Body):
    """Where notices go that are not about access; kept with consent only (REG-2)."""

    email: EmailAddress
    consent: Annotated[bool, Field(strict=True)]


class ContactAnswer(ContactView):
    """A code went to the pending address; ``challenge_id`` names what it confirms."""

    challenge_id: str
    code: CodeSent


class TermsAcceptance(Body):
    """Consent to a version of terms that was shown (LOG-7)."""

    terms_id: TermsId
    version: TermsVersion
