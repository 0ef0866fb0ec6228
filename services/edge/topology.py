"""The edge's part on the bus: it asks everybody, says who signed in and out, and hears whose access changed."""

from services.edge.topology_money import MONEY
from shared.contracts.claims import GetClaim, ListClaims, SubmitClaim
from shared.contracts.claims.catalogue import GetClaimType, SearchClaimTypes
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.contracts.claims.coverage import (
    CheckDrugEligibility,
    CheckEligibility,
    DeclareOtherCoverage,
    GetBalances,
    GetDossierBalances,
    GetPlan,
    ListOtherCoverages,
)
from shared.contracts.claims.drugs import GetDrug, GetDrugList, LoadDrugList, SearchDrugs, StoreDrugListSlice
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from shared.contracts.claims.provider_claims import GetProviderClaim, ListProviderClaims, SubmitProviderClaim
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddProvider,
    ConfirmProvider,
    ListProfessions,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    SearchProviders,
)
from shared.contracts.claims.receipts import (
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenReceipt,
    StoreReceiptSlice,
)
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    GetReview,
    ListReviewQueue,
    LockReview,
    RefuseReview,
)
from shared.contracts.claims.timing import GetClaimTimes
from shared.contracts.edge import ActRecorded, SignedIn, SignedOut
from shared.contracts.identity import (
    GetAccount,
    ListPersons,
    LoadRosterRows,
    VerifyCredentials,
)
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.agreements import GetAgreement
from shared.contracts.identity.audit import ListActs, SearchAudit
from shared.contracts.identity.cases import DisableAccount, ListCases, ResolveCase
from shared.contracts.identity.clients import (
    AuthenticateClient,
    CreateClient,
    DisableClient,
    GetOwnClient,
    ListClients,
    RotateClientSecret,
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
from shared.contracts.identity.enrolment import GetEnrolment, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.contracts.identity.grants import AddEmployee, ChangeGrant, LeaveGrant, ListDelegates, ListMandates
from shared.contracts.identity.own_account import (
    AddDossier,
    ChooseContact,
    ConfirmContact,
    GetContact,
    ResendContactCode,
    WithdrawContact,
)
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
    ListAdministratorQuestions,
    ResendAddressChangeCode,
    ResendStepUpCode,
    SetAdministratorSecurity,
    SetSecurityQuestions,
    StartEmailChange,
    StartStepUp,
)
from shared.contracts.identity.security import (
    ConfirmTotp,
    GetSignInSubject,
    RemoveTotp,
    StartTotp,
    VerifyTotp,
)
from shared.contracts.identity.terms import AcceptTerms, ListTerms, ReadTerms
from shared.contracts.notification import (
    DeliveryDelayed,
    DeliveryFailed,
    GetAttachment,
    GetInboxMessage,
    ListInbox,
    MarkInboxMessageRead,
    SendAccessNotice,
    SendCode,
)
from shared.topology import Queue, ServiceTopology

ON_ACCESS_CHANGED = Queue("edge.on_access_changed", (AccessChanged,))
ON_CODE_MAIL = Queue("edge.on_code_mail", (DeliveryDelayed, DeliveryFailed))
"""What became of mails; those without a code are nothing to the edge."""

CLAIM_CHANGES = (
    GetClaimTimes,
    AddClaimDocuments,
    CorrectClaim,
    VoidClaim,
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)


REVIEW = (
    ListReviewQueue,
    GetReview,
    LockReview,
    DecideReview,
    ConfirmReview,
    RefuseReview,
    AddReviewNote,
    DecideReviews,
)

PROVIDERS = (
    AcceptProvider,
    AddProvider,
    ConfirmProvider,
    ListProfessions,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    SearchProviders,
)

COVERAGE = (
    GetBalances,
    GetDossierBalances,
    GetPlan,
    CheckEligibility,
    CheckDrugEligibility,
    ListOtherCoverages,
    DeclareOtherCoverage,
)

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


RECEIPTS = (DeleteReceipt, FinishReceipt, GetReceiptSlice, ListClaimReceipts, OpenReceipt, StoreReceiptSlice)

TOPOLOGY = ServiceTopology(
    "edge",
    queues=(ON_ACCESS_CHANGED, ON_CODE_MAIL),
    publishes=(SignedIn, SignedOut, ActRecorded),
    sends=(
        SubmitClaim,
        *COVERAGE,
        SubmitProviderClaim,
        GetProviderClaim,
        ListProviderClaims,
        GetClaim,
        ListClaims,
        SearchClaimTypes,
        *CLAIM_CHANGES,
        *REVIEW,
        GetClaimType,
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
        ResendStepUpCode,
        SetSecurityQuestions,
        StartEmailChange,
        ResendAddressChangeCode,
        ConfirmEmailChange,
        SetAdministratorSecurity,
        ConfirmAdministratorSecurity,
        GetAdministratorSecurity,
        ListAdministratorQuestions,
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
        ResendContactCode,
        ConfirmContact,
        WithdrawContact,
        ReadTerms,
        ListTerms,
        AcceptTerms,
        GetAgreement,
        GetSignInSubject,
        StartTotp,
        ConfirmTotp,
        RemoveTotp,
        VerifyTotp,
        SendCode,
        ListInbox,
        GetInboxMessage,
        GetAttachment,
        MarkInboxMessageRead,
        SendAccessNotice,
        DisableAccount,
        ListCases,
        ResolveCase,
        *MONEY,
        *DELEGATION,
        *PROVIDERS,
        *RECEIPTS,
        ListActs,
        SearchAudit,
        AuthenticateClient,
        CreateClient,
        RotateClientSecret,
        DisableClient,
        ListClients,
        GetOwnClient,
        SearchDrugs,
        GetDrug,
        GetDrugList,
        StoreDrugListSlice,
        LoadDrugList,
    ),
)
