"""Bodies of the routes of delegation. Who asks, and for which provider, comes from the session."""

from datetime import date

from services.edge.bodies import Body, CodeRequest
from shared.contracts import Identifier, Language
from shared.contracts.identity import EmailAddress
from shared.contracts.identity.delegation import Answers, RefusalReason
from shared.contracts.identity.delegation_forms import FormSignature, RequestReference
from shared.contracts.identity.grants import GrantStatus, PersonName


class TreeAnswersRequest(Body):
    """Answers to the decision tree so far, in order (DEL-1)."""

    answers: Answers = ()


class DelegationBody(Body):
    """A request for one online service (DEL-2, DEL-3); the answers of the decision tree say which."""

    answers: Answers
    delegate_name: PersonName
    delegate_email: EmailAddress
    provider_email: EmailAddress
    valid_from: date
    valid_to: date | None = None
    language: Language


class ReferenceRequest(Body):
    """The reference of a request, as the mail to the delegate has it."""

    reference: RequestReference


class SignatureCodeRequest(CodeRequest):
    """The code of a signature that was begun."""

    signing_id: Identifier


class DecisionRequest(Body):
    """An agent's decision; a refusal has a reason (DEL-5)."""

    approve: bool
    reason_code: RefusalReason | None = None


class GrantStatusRequest(Body):
    """What becomes of a grant (DEL-8)."""

    status: GrantStatus


class EmployeeRequest(Body):
    """An employee of the practice (DEL-9)."""

    name: PersonName
    email: EmailAddress
    language: Language = "fr"


class ProviderChoiceRequest(Body):
    """For which provider the session acts from now on (DEL-8)."""

    provider_id: Identifier


class FormHeaders(Body):
    """The headers of an uploaded form: how it was signed, and which sending of several files it belongs to (DEL-4)."""

    signature_kind: FormSignature
    sending_id: Identifier | None = None
