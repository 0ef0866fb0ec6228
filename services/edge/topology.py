"""The edge's part on the bus: it asks everybody, and says who signed in and out."""

from shared.contracts.banking import EnrolDirectDeposit, GetDirectDeposit
from shared.contracts.claims import GetClaim, ListClaims, SearchClaimTypes, SubmitClaim
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity import (
    ConfirmRegistration,
    GetAccount,
    ListPersons,
    LoadRosterRows,
    ResendRegistrationCode,
    StartRegistration,
    VerifyCredentials,
)
from shared.contracts.identity.delegation import (
    ConfirmSigning,
    DecideDelegation,
    FollowDelegationTree,
    GetDelegation,
    GetDelegationTree,
    GetProcessingDate,
    ListDelegationQueue,
    ListDelegations,
    RequestDelegation,
    ResendSigningCode,
    StartSigning,
    WithdrawDelegation,
)
from shared.contracts.identity.delegation_forms import (
    GetBlankForm,
    GetFormSlice,
    GetSending,
    OpenForm,
    StoreFormSlice,
    SubmitForm,
)
from shared.contracts.identity.grants import AddEmployee, ChangeGrant, LeaveGrant, ListDelegates, ListMandates
from shared.contracts.notification import SendCode
from shared.contracts.payments import CheckLedger, CloseRun, GetRun, GetStatement, ListPayments
from shared.topology import ServiceTopology

DELEGATION = (
    AddEmployee,
    ChangeGrant,
    ConfirmSigning,
    DecideDelegation,
    FollowDelegationTree,
    GetBlankForm,
    GetDelegation,
    GetDelegationTree,
    GetFormSlice,
    GetProcessingDate,
    GetSending,
    LeaveGrant,
    ListDelegates,
    ListDelegationQueue,
    ListDelegations,
    ListMandates,
    OpenForm,
    RequestDelegation,
    ResendSigningCode,
    StartSigning,
    StoreFormSlice,
    SubmitForm,
    WithdrawDelegation,
)

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
        StartRegistration,
        ResendRegistrationCode,
        ConfirmRegistration,
        LoadRosterRows,
        SendCode,
        EnrolDirectDeposit,
        GetDirectDeposit,
        ListPayments,
        GetStatement,
        CloseRun,
        GetRun,
        CheckLedger,
        *DELEGATION,
    ),
)
