"""The edge's part on the bus: it asks everybody, and says who signed in and out."""

from shared.contracts.banking import EnrolDirectDeposit, GetDirectDeposit
from shared.contracts.claims import GetClaim, ListClaims, SearchClaimTypes, SubmitClaim
from shared.contracts.edge import ActRecorded, SignedIn, SignedOut
from shared.contracts.identity import (
    ConfirmRegistration,
    GetAccount,
    ListPersons,
    LoadRosterRows,
    ResendRegistrationCode,
    StartRegistration,
    VerifyCredentials,
)
from shared.contracts.identity.audit import ListActs, SearchAudit
from shared.contracts.identity.clients import (
    AuthenticateClient,
    CreateClient,
    DisableClient,
    GetOwnClient,
    ListClients,
    RotateClientSecret,
)
from shared.contracts.notification import SendCode
from shared.contracts.payments import CheckLedger, CloseRun, GetRun, GetStatement, ListPayments
from shared.topology import ServiceTopology

TOPOLOGY = ServiceTopology(
    "edge",
    publishes=(SignedIn, SignedOut, ActRecorded),
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
        ListActs,
        SearchAudit,
        AuthenticateClient,
        CreateClient,
        RotateClientSecret,
        DisableClient,
        ListClients,
        GetOwnClient,
    ),
)
