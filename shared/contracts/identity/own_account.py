"""What members change of their own account: dossiers and the contact address."""

from datetime import date
from typing import ClassVar

from shared.contracts import Command, Event, Identifier, Instant, Query, View
from shared.contracts.identity import CertificateNumber, ContractNumber, DossierView, EmailAddress, SealedCode


class AddDossier(Command):
    """One more contract and certificate for the caller's account (REG-7)."""

    wire_type: ClassVar[str] = "identity.add_dossier.v1"

    contract_number: ContractNumber
    certificate_number: CertificateNumber
    birth_date: date


class DossierAdded(View):
    """The dossier is there; choosing it for the session is another step (LOG-6)."""

    dossier: DossierView


class GetContact(Query):
    """The caller's contact address."""

    wire_type: ClassVar[str] = "identity.get_contact.v1"


class ContactView(View):
    """``email`` gets the notices that are not about access; nobody else's does, when it is empty (REG-2)."""

    access_email: EmailAddress
    email: EmailAddress | None = None
    consented_at: Instant | None = None
    pending: EmailAddress | None = None


class ChooseContact(Command):
    """Another contact address, with consent; it counts once the code that goes there came back."""

    wire_type: ClassVar[str] = "identity.choose_contact.v1"

    email: EmailAddress
    consent: bool
    code: SealedCode


class ResendContactCode(Command):
    """The next code of the same challenge, to the address that waits for it (LOG-2)."""

    wire_type: ClassVar[str] = "identity.resend_contact_code.v1"

    code: SealedCode


class ConfirmContact(Command):
    """The code for an address came back; only the edge can say so."""

    wire_type: ClassVar[str] = "identity.confirm_contact.v1"

    challenge_id: Identifier


class WithdrawContact(Command):
    """No contact address any more."""

    wire_type: ClassVar[str] = "identity.withdraw_contact.v1"


class ContactChosen(Event):
    """Where notices go that are not about access; to the access address when ``email`` is empty (REG-2)."""

    wire_type: ClassVar[str] = "identity.contact_chosen.v1"

    account_id: Identifier
    email: EmailAddress | None
    chosen_at: Instant

    def subject(self) -> str:
        return self.account_id
