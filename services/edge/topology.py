"""The edge's part on the bus: it asks everybody, says who signed in and out, and hears whose access changed."""

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
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.security import DisableAccount, ListCases, ResolveCase
from shared.contracts.notification import DeliveryDelayed, DeliveryFailed, SendAccessNotice, SendCode
from shared.contracts.payments import CheckLedger, CloseRun, GetRun, GetStatement, ListPayments
from shared.topology import Queue, ServiceTopology

ON_ACCESS_CHANGED = Queue("edge.on_access_changed", (AccessChanged,))
ON_CODE_MAIL = Queue("edge.on_code_mail", (DeliveryDelayed, DeliveryFailed))
"""What became of mails; those without a code are nothing to the edge."""

TOPOLOGY = ServiceTopology(
    "edge",
    queues=(ON_ACCESS_CHANGED, ON_CODE_MAIL),
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
        SendAccessNotice,
        DisableAccount,
        ListCases,
        ResolveCase,
        EnrolDirectDeposit,
        GetDirectDeposit,
        ListPayments,
        GetStatement,
        CloseRun,
        GetRun,
        CheckLedger,
    ),
)
