"""The edge's part on the bus: it asks everybody, and says who signed in and out."""

from shared.contracts.banking import ChangeDirectDeposit, EnrolDirectDeposit, GetDirectDeposit, HoldDirectDeposit
from shared.contracts.claims import GetClaim, ListClaims, SearchClaimTypes, SubmitClaim
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity import (
    GetAccount,
    ListPersons,
    LoadRosterRows,
    VerifyCredentials,
)
from shared.contracts.identity.enrolment import GetEnrolment, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.contracts.identity.own_account import AddDossier, ChooseContact, ConfirmContact, GetContact, WithdrawContact
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.contracts.identity.provider_enrolment import ListSecurityQuestions
from shared.contracts.identity.providers import LoadRegisterRows
from shared.contracts.identity.recovery import (
    AnswerRecovery,
    ConfirmRecovery,
    GetRecovery,
    ResendRecoveryCode,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.contracts.identity.safeguards import (
    ConfirmAdministratorSecurity,
    ConfirmEmailChange,
    GetAdministratorSecurity,
    SetAdministratorSecurity,
    SetSecurityQuestions,
    StartEmailChange,
    StartStepUp,
)
from shared.contracts.identity.terms import AcceptTerms, ListTerms, ReadTerms
from shared.contracts.notification import SendCode
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
        StartRecovery,
        ResendRecoveryCode,
        ConfirmRecovery,
        GetRecovery,
        AnswerRecovery,
        SetRecoveredPassword,
        StartStepUp,
        SetSecurityQuestions,
        StartEmailChange,
        ConfirmEmailChange,
        SetAdministratorSecurity,
        ConfirmAdministratorSecurity,
        GetAdministratorSecurity,
        LoadRegisterRows,
        ListSecurityQuestions,
        ChangePassword,
        ReissueTemporaryPassword,
        StartEnrolment,
        SubmitStep,
        ResendEnrolmentCode,
        GetEnrolment,
        AddDossier,
        GetContact,
        ChooseContact,
        ConfirmContact,
        WithdrawContact,
        ReadTerms,
        ListTerms,
        AcceptTerms,
        SendCode,
        EnrolDirectDeposit,
        ChangeDirectDeposit,
        HoldDirectDeposit,
        GetDirectDeposit,
        ListPayments,
        GetStatement,
        CloseRun,
        GetRun,
        CheckLedger,
    ),
)
