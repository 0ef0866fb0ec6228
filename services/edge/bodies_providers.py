"""Bodies of the routes about providers of care."""

from services.edge.bodies import Body
from shared.contracts import Identifier
from shared.contracts.claims.providers import ClinicName, PersonName, ProfessionCode, ProviderAddress, TypedPhone


class ProviderRequest(Body):
    """A provider as a member types it: a person, a clinic, or a person at a clinic (CLM-2)."""

    profession: ProfessionCode
    first_name: PersonName = ""
    last_name: PersonName = ""
    clinic_name: ClinicName = ""
    phone: TypedPhone
    address: ProviderAddress


class MergeRequest(Body):
    """Which provider it is."""

    into: Identifier
