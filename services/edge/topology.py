"""The edge's part on the bus: it asks everybody, and says who signed in and out."""

from shared.contracts.banking import EnrolDirectDeposit, GetDirectDeposit, HoldDirectDeposit
from shared.contracts.claims import GetClaim, ListClaims, SearchClaimTypes, SubmitClaim
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity import (
    GetAccount,
    ListPersons,
    LoadRosterRows,
    VerifyCredentials,
)
from shared.contracts.identity.agreements import GetAgreement
from shared.contracts.identity.enrolment import GetEnrolment, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.contracts.identity.own_account import AddDossier, ChooseContact, ConfirmContact, GetContact, WithdrawContact
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.contracts.identity.provider_enrolment import ListSecurityQuestions
from shared.contracts.identity.providers import LoadRegisterRows
from shared.contracts.identity.terms import AcceptTerms, ListTerms, ReadTerms
from shared.contracts.notification import GetAttachment, GetInboxMessage, ListInbox, MarkInboxMessageRead, SendCode
from shared.contracts.payments import CheckLedger, CloseRun, GetRun, GetStatement, ListPayments
from shared.topology import ServiceTopology

TOPOLOGY = ServiceTopology(
    "edge",
    publishes=(SignedIn, SignedOut),
    sends=(
        SubmitClaim,
        GetClaim,
        ListClaims,
        SearchClaimTypes,
        VerifyCredentials,
        GetAccount,
        ListPersons,
        LoadRosterRows,
        LoadRegisterRows,
        ListSecurityQuestions,
        ChangePassword,
        ReissueTemporaryPassword,
        StartEnrolment,
        SubmitStep,
        ResendEnrolmentCode,
        GetEnrolment,
        GetAgreement,
        AddDossier,
        GetContact,
        ChooseContact,
        ConfirmContact,
        WithdrawContact,
        ReadTerms,
        ListTerms,
        AcceptTerms,
        SendCode,
        ListInbox,
        GetInboxMessage,
        GetAttachment,
        MarkInboxMessageRead,
        EnrolDirectDeposit,
        HoldDirectDeposit,
        GetDirectDeposit,
        ListPayments,
        GetStatement,
        CloseRun,
        GetRun,
        CheckLedger,
    ),
)
