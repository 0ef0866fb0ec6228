"""Bank details beyond enrolling and changing: known institutions, the history of a payee, closing (BNK-1, BNK-2)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Language, Part, Query, RecordedAct, View
from shared.contracts.banking import DirectDepositView, PayeeOf

InstitutionNumber = Annotated[str, Field(pattern=r"^[0-9]{3}$", examples=["815"])]
BranchNumber = Annotated[str, Field(pattern=r"^[0-9]{5}$", examples=["30123"])]
RoutingNumber = Annotated[str, Field(pattern=r"^0[0-9]{8}$", examples=["081530123"])]
HistoryKindName = Literal["enrolled", "changed", "withdrawn", "closed"]
ClosingReason = Literal["asked_by_payee", "payee_deceased", "contract_ended", "fraud_suspected"]


class ListInstitutions(Query):
    """Which institutions an enrolment may name."""

    wire_type: ClassVar[str] = "banking.list_institutions.v1"
    language: Language = "fr"


class InstitutionView(Part):
    """An institution; its number in the place of a name that is not known."""

    number: InstitutionNumber
    name: str


class InstitutionsView(View):
    """Known institutions; ``directory_version`` is empty for the short built-in list."""

    institutions: tuple[InstitutionView, ...]
    directory_version: int | None = None


class GetBranch(Query):
    """The branch with this electronic routing number: zero, institution, transit."""

    wire_type: ClassVar[str] = "banking.get_branch.v1"
    routing: RoutingNumber
    language: Language = "fr"


class BranchView(View):
    """A branch as the directory has it: what stands on a cheque, to compare."""

    institution: InstitutionNumber
    branch_number: BranchNumber
    institution_name: str
    domicile: str
    address: str
    city: str
    province: str
    postal_code: str


class GetDirectDepositHistory(Query):
    """What happened to the actor's own bank details."""

    wire_type: ClassVar[str] = "banking.get_direct_deposit_history.v1"
    payee: PayeeOf = "dossier"


class HistoryItem(Part):
    """One thing that happened to the bank details of a payee."""

    kind: HistoryKindName
    at: Instant
    account_ending: str | None = Field(default=None, max_length=3)
    version: int
    by_you: bool = Field(default=False, description="Whoever asks did it.")


class DirectDepositHistory(View):
    """The newest first."""

    items: tuple[HistoryItem, ...]


class GetPayeeDirectDeposit(Query):
    """For agents: the masked bank details of a payee and their history. Asking is an act that the audit keeps."""

    wire_type: ClassVar[str] = "banking.get_payee_direct_deposit.v1"
    payee_id: Identifier


class PayeeHistoryItem(HistoryItem):
    """The same, with who did it: an account with Acquit, or nobody."""

    account_id: Identifier | None = None


class PayeeDirectDepositView(View):
    """Bank details as agents may see them, and all that happened to them."""

    payee_id: Identifier
    direct_deposit: DirectDepositView
    items: tuple[PayeeHistoryItem, ...] = ()


class CloseDirectDeposit(Command):
    """End the direct deposit of a payee for good: the data key is deleted, so that the account number is unreadable,
    wherever a copy of it is. Refused while a deposit file that names the payee is under way.
    """

    wire_type: ClassVar[str] = "banking.close_direct_deposit.v1"
    payee_id: Identifier
    reason: ClosingReason


class DirectDepositClosed(View):
    """Nothing can be deposited any more; the payee may enrol again."""

    payee_id: Identifier
    closed_at: Instant


class ActRecorded(RecordedAct):
    """An act in banking: what agents look at and close."""

    wire_type: ClassVar[str] = "banking.act_recorded.v1"
