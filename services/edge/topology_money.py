"""What the edge asks banking and payments."""

from shared.contracts.banking import ChangeDirectDeposit, EnrolDirectDeposit, GetDirectDeposit, HoldDirectDeposit
from shared.contracts.banking_details import (
    CloseDirectDeposit,
    GetBranch,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    ListInstitutions,
)
from shared.contracts.banking_returns import CloseBankException, ImportReturnFile, ListBankExceptions
from shared.contracts.payments import (
    CheckLedger,
    CloseRun,
    GetProviderStatement,
    GetRun,
    GetStatement,
    ListPayments,
    ListProviderPayments,
)
from shared.contracts.payments_ledger import Reconcile
from shared.contracts.payments_returns import DecideCheque, ListCheques, ListReturnedPayments, ReissuePayment
from shared.contracts.payments_runs import (
    ApproveRun,
    ListRunDates,
    ListRunPayees,
    ListRuns,
    PrepareRun,
    PreviewRun,
    StopRun,
)
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDelivery,
    GetStatementDocument,
    ListPayeePayments,
    ListStatementsToPost,
    MarkStatementPosted,
    ReadStatement,
    ReadStatementDocument,
)
from shared.contracts.payments_subscribers import (
    ChangeWebhook,
    CreateWebhook,
    EnableWebhook,
    GetWebhook,
    ListEvents,
    ListWebhookDeliveries,
    ListWebhooks,
    RemoveWebhook,
    ResendWebhookDelivery,
    RotateWebhookSecret,
)

DIRECT_DEPOSIT = (
    EnrolDirectDeposit,
    ChangeDirectDeposit,
    HoldDirectDeposit,
    GetDirectDeposit,
    ListInstitutions,
    GetBranch,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    CloseDirectDeposit,
)

PAYMENTS = (
    ListPayments,
    GetStatement,
    ListProviderPayments,
    GetProviderStatement,
    CloseRun,
    GetRun,
    CheckLedger,
    Reconcile,
)

RUNS = (PrepareRun, ApproveRun, StopRun, PreviewRun, ListRuns, ListRunPayees, ListRunDates)

RETURNS = (
    CloseBankException,
    DecideCheque,
    ImportReturnFile,
    ListBankExceptions,
    ListCheques,
    ListReturnedPayments,
    ReissuePayment,
)

STATEMENTS = (
    GetStatementDocument,
    ReadStatementDocument,
    ReadStatement,
    ListPayeePayments,
    GetStatementDelivery,
    ChooseStatementDelivery,
    ListStatementsToPost,
    MarkStatementPosted,
)

SUBSCRIBERS = (
    ListEvents,
    CreateWebhook,
    ChangeWebhook,
    RotateWebhookSecret,
    EnableWebhook,
    RemoveWebhook,
    ListWebhooks,
    GetWebhook,
    ListWebhookDeliveries,
    ResendWebhookDelivery,
)

MONEY = (*DIRECT_DEPOSIT, *PAYMENTS, *RUNS, *RETURNS, *STATEMENTS, *SUBSCRIBERS)
