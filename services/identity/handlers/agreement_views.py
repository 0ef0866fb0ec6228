"""Addresses and agreements between domain, records of enrolments and contracts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.identity.domain.addresses import Address, in_one_line, postal_code
from services.identity.domain.agreements import Agreement
from services.identity.domain.flows import Record
from shared.contracts.identity.agreements import AgreementView, PostalAddress


def address_of(typed: PostalAddress) -> Address:
    """The address as Acquit keeps it.

    Raises:
        PostalCodeInvalidError.
    """
    return Address(
        unit=in_one_line(typed.unit),
        street=in_one_line(typed.street),
        city=in_one_line(typed.city),
        province=typed.province,
        postal_code=postal_code(typed.postal_code),
        phone=in_one_line(typed.phone),
    )


def as_record(address: Address) -> Record:
    """The address as plain values."""
    return {
        "unit": address.unit,
        "street": address.street,
        "city": address.city,
        "province": address.province,
        "postal_code": address.postal_code,
        "phone": address.phone,
    }


def from_record(record: Mapping[str, Any]) -> Address:
    """The address from plain values."""
    return Address(**record)


def contract_of(address: Address) -> PostalAddress:
    """The address as others see it."""
    return PostalAddress.model_validate(as_record(address))


def agreement_view(agreement: Agreement, *, opens_at: datetime | None) -> AgreementView:
    """An agreement as its signatory sees it."""
    facts, signing = agreement.facts, agreement.signing
    return AgreementView(
        agreement_id=agreement.agreement_id,
        provider_id=agreement.provider_id,
        reference_number=facts.professional.reference_number,
        holder_name=facts.professional.display_name,
        language=agreement.language,
        text_version=agreement.text_version,
        text_sha256=agreement.text_digest,
        document_sha256=agreement.document_digest,
        services_billable_from=facts.effective_date,
        billable_from=signing.signed_at,
        signed_as=signing.user_name,
        correspondence_address=contract_of(facts.correspondence),
        practice_name=facts.practice_name,
        practice_address=contract_of(facts.practice),
        statements_address=contract_of(facts.statements),
        opens_at=opens_at,
    )
