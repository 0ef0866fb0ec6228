"""Delegation of a provider's online services: the tree, requests, signatures, decisions (DEL-1 to DEL-6)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Language, Part, Query, View
from shared.contracts.identity import EmailAddress, OnlineService, SealedCode
from shared.contracts.identity.delegation_forms import FormView, RequestReference
from shared.contracts.identity.grants import PersonName

Answers = Annotated[
    tuple[Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$", examples=["provider"])], ...], Field(max_length=10)
]
"""Answers to the questions of the decision tree, in order."""
RequestState = Literal["draft", "awaiting_signatures", "submitted", "approved", "refused", "withdrawn"]
Party = Literal["provider", "delegate"]
SignatureKind = Literal["portal", "digital_certificate", "stylus", "scanned"]
RefusalReason = Literal[
    "signature_missing",
    "signature_not_accepted",
    "form_unreadable",
    "form_of_another_request",
    "email_shared",
    "not_staff",
    "commercial_agency",
    "identity_not_confirmed",
]
"""Why an agent refuses a request; mails and screens say it in words."""


class BilingualText(Part):
    """The same text in both languages."""

    fr: str
    en: str


class TreeAnswerView(Part):
    """One answer that a question offers."""

    answer: str
    text: BilingualText


class TreeQuestionView(Part):
    """A question of the decision tree."""

    question: str
    text: BilingualText
    answers: tuple[TreeAnswerView, ...]


class TreeOutcomeView(Part):
    """Where answers lead: to a request for one online service, or to a refusal; ``text`` says why."""

    outcome: str
    text: BilingualText
    service: OnlineService | None = None


class GetDelegationTree(Query):
    """The whole decision tree (DEL-1)."""

    wire_type: ClassVar[str] = "identity.get_delegation_tree.v1"


class DelegationTreeView(View):
    """Questions and outcomes; ``first`` is the question to begin with."""

    first: str
    questions: tuple[TreeQuestionView, ...]
    outcomes: tuple[TreeOutcomeView, ...]


class FollowDelegationTree(Query):
    """Where these answers lead (DEL-1)."""

    wire_type: ClassVar[str] = "identity.follow_delegation_tree.v1"
    answers: Answers = ()


class TreeStepView(View):
    """The next question, or the outcome; one of them is there."""

    question: TreeQuestionView | None = None
    outcome: TreeOutcomeView | None = None


class RequestDelegation(Command):
    """A provider asks that somebody may use one online service in the provider's name (DEL-2, DEL-3)."""

    wire_type: ClassVar[str] = "identity.request_delegation.v1"
    request_id: Identifier
    answers: Answers
    delegate_name: PersonName
    delegate_email: EmailAddress
    provider_email: EmailAddress
    valid_from: date
    valid_to: date | None = None
    language: Language


class SignatureView(Part):
    """Who signed, how and when (DEL-4)."""

    party: Party
    kind: SignatureKind
    signed_at: Instant


class DelegationView(View):
    """A request with all that both parties sign."""

    request_id: Identifier
    reference: RequestReference
    provider_id: Identifier
    provider_name: str
    provider_email: EmailAddress
    delegate_name: str
    delegate_email: EmailAddress
    service: OnlineService
    valid_from: date
    valid_to: date | None
    language: Language
    state: RequestState
    signatures: tuple[SignatureView, ...]
    form: FormView | None
    reason_code: RefusalReason | None
    created_at: Instant
    received_at: Instant | None
    decided_at: Instant | None


class DelegationsView(View):
    """Requests, and where the next page begins."""

    delegations: tuple[DelegationView, ...]
    next: str | None = None


class ListDelegations(Query):
    """The requests of the actor's provider, newest first."""

    wire_type: ClassVar[str] = "identity.list_delegations.v1"


class GetDelegation(Query):
    """One request of the actor's provider."""

    wire_type: ClassVar[str] = "identity.get_delegation.v1"
    request_id: Identifier


class WithdrawDelegation(Command):
    """The provider takes an undecided request back."""

    wire_type: ClassVar[str] = "identity.withdraw_delegation.v1"
    request_id: Identifier


class StartSigning(Command):
    """Mail a code to a party's address of the request: to the provider's for the ``request_id`` of a signed-in
    provider, to the delegate's for the ``reference`` that the delegate was told (DEL-4).
    """

    wire_type: ClassVar[str] = "identity.start_signing.v1"
    signing_id: Identifier
    request_id: Identifier | None = None
    reference: RequestReference | None = None
    code: SealedCode


class ResendSigningCode(Command):
    """Another code for a signature under way."""

    wire_type: ClassVar[str] = "identity.resend_signing_code.v1"
    signing_id: Identifier
    code: SealedCode


class SigningStarted(View):
    """The same whether or not the reference is known."""

    signing_id: Identifier


class ConfirmSigning(Command):
    """The code came back: the party has signed."""

    wire_type: ClassVar[str] = "identity.confirm_signing.v1"
    signing_id: Identifier


class GetProcessingDate(Query):
    """Until which day requests have been dealt with (DEL-5)."""

    wire_type: ClassVar[str] = "identity.get_processing_date.v1"


class ProcessingDateView(View):
    """“We are now processing requests received on …”; today when none waits."""

    processing: date


class ListDelegationQueue(Query):
    """Requests in a state for agents, in order of receipt (DEL-5); ``after`` is ``next`` of the page before."""

    wire_type: ClassVar[str] = "identity.list_delegation_queue.v1"
    state: Literal["submitted", "approved", "refused"] = "submitted"
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=120, pattern=r"^[0-9A-Za-z|:.+-]+$")


class DecideDelegation(Command):
    """An agent decides; a refusal has a reason, an approval has none."""

    wire_type: ClassVar[str] = "identity.decide_delegation.v1"
    request_id: Identifier
    approve: bool
    reason_code: RefusalReason | None = None


class DelegationApproved(Event):
    """An agent approved a request: there is a grant (DEL-6)."""

    wire_type: ClassVar[str] = "identity.delegation_approved.v1"
    request_id: Identifier
    provider_id: Identifier
    account_id: Identifier
    grant_id: Identifier
    service: OnlineService
    approved_at: Instant

    def subject(self) -> str:
        return self.request_id


class DelegationRefused(Event):
    """An agent refused a request."""

    wire_type: ClassVar[str] = "identity.delegation_refused.v1"
    request_id: Identifier
    provider_id: Identifier
    service: OnlineService
    reason_code: RefusalReason
    refused_at: Instant

    def subject(self) -> str:
        return self.request_id
