"""Code systems and identifier systems: ours, those of HL7, and the DIN's."""

from typing import Final

FHIR_JSON: Final = "application/fhir+json"
BASE: Final = "/fhir/"
CURRENCY: Final = "CAD"

PERSON: Final = "urn:acquit:person"
PROVIDER: Final = "urn:acquit:provider"
CLAIM: Final = "urn:acquit:claim"
DOSSIER: Final = "urn:acquit:dossier"
INSURER: Final = "urn:acquit:insurer"
RECEIPT_PREFIX: Final = "urn:acquit:receipt:"

CLAIM_TYPE: Final = "urn:acquit:claim-type"
SERVICE: Final = "urn:acquit:service"
CHARGE: Final = "urn:acquit:charge"
"""Parts of a line's amount: ``lab``, ``ingredient``, ``dispensing-fee``."""
INFORMATION: Final = "urn:acquit:information"
"""Kinds of supporting information: ``authorisation``, ``answer``, ``others-paid``, ``days-supplied``."""
QUESTION: Final = "urn:acquit:question"
REASON: Final = "urn:acquit:reason"
LINE_OUTCOME: Final = "urn:acquit:outcome"
OWN_ADJUDICATION: Final = "urn:acquit:adjudication"
PROBLEM: Final = "urn:acquit:problem"

HL7: Final = "http://terminology.hl7.org/CodeSystem/"
KIND: Final = f"{HL7}claim-type"
ADJUDICATION: Final = f"{HL7}adjudication"
PAYEE_TYPE: Final = f"{HL7}payeetype"
PAYMENT_TYPE: Final = f"{HL7}ex-paymenttype"
TOOTH: Final = f"{HL7}ex-tooth"
SURFACE: Final = f"{HL7}FDI-surface"
DIN: Final = "http://hl7.org/fhir/NamingSystem/ca-hc-din"
LANGUAGE: Final = "urn:ietf:bcp:47"
CURRENCIES: Final = "urn:iso:std:iso:4217"

_KINDS: Final = {
    "pharmacy": ("prescription_drug", "vaccine", "smoking_cessation", "fertility_drug", "drug_other"),
    "vision": ("eye_exam", "eyeglasses", "contact_lenses", "sunglasses", "laser_eye_surgery", "vision_other"),
    "institutional": ("hospital_room", "convalescent_care", "nursing", "home_care", "hospital_other"),
}
_KIND_OF_TYPE: Final = {claim_type: kind for kind, types in _KINDS.items() for claim_type in types}
ONLY_TYPE: Final = {"pharmacy": "prescription_drug"}
"""Claim types that need no code of ours, because HL7's says which one is meant."""


def kind_of(claim_type: str) -> str:
    """HL7's claim type for one of ours: ``oral``, ``pharmacy``, ``vision``, ``institutional`` or ``professional``."""
    return "oral" if claim_type.startswith("dental_") else _KIND_OF_TYPE.get(claim_type, "professional")
