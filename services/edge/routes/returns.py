"""Files of returns, the bank's exceptions, returned payments and cheques, for agents (BNK-5, PAY-5)."""

from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_returns import ChequeOutcomeRequest, ExceptionClosingRequest, ReissueRequest
from services.edge.language import Text
from services.edge.routes.reading import read_bytes, require_media_type
from services.edge.routes.table import JSON, Backend, Call, NoBody, Relay, Row, Special
from shared.contracts.banking_returns import (
    RETURN_FILE_LIMIT_BYTES,
    BankExceptionClosed,
    BankExceptionsPage,
    CloseBankException,
    ImportReturnFile,
    ListBankExceptions,
    ReturnFileView,
)
from shared.contracts.payments_returns import (
    ChequeDecided,
    ChequesPage,
    DecideCheque,
    ListCheques,
    ListReturnedPayments,
    ReissuePayment,
    ReissueView,
    ReturnedPaymentsPage,
)
from shared.errors import Rejected
from shared.telemetry import current_trace

TEXT: Final = "text/plain"
IMPORT_SECONDS: Final = 30.0
_ACT_SECONDS: Final = 9.0


class ReturnFileEmpty(Rejected):
    """There is nothing in the body."""

    def __init__(self) -> None:
        super().__init__("bank_returns.empty")


async def import_return_file(backend: Backend, call: Call[NoBody]) -> Response:
    """Apply the file in the body. It holds account numbers, so it leaves this function sealed for banking."""
    require_media_type(call.request, TEXT)
    content = await read_bytes(call.request, limit=RETURN_FILE_LIMIT_BYTES)
    if not content:
        raise ReturnFileEmpty
    command = ImportReturnFile(file=backend.sealing.return_file(content, subject=call.actor.account_id))
    view = await backend.rpc.request_raw(
        command, actor=call.actor, trace=current_trace(), timeout_seconds=IMPORT_SECONDS
    )
    return Response(view, media_type=JSON)


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/administration/bank-returns",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Charger un fichier de retours de la banque (norme 005 ; 1 Mo)",
            "Load a file of returns from the bank (Standard 005; 1 MB)",
        ),
        media_type=TEXT,
        body=NoBody,
        answer=ReturnFileView,
        handle=import_return_file,
    ),
    Relay(
        method="GET",
        path="/administration/bank-exceptions",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Exceptions de la banque à examiner, les plus récentes d’abord",
            "Exceptions of the bank to look at, newest first",
        ),
        message=ListBankExceptions,
        query=("closed", "limit", "before"),
        answer=BankExceptionsPage,
    ),
    Relay(
        method="POST",
        path="/administration/bank-exceptions/{exception_id}/closing",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Clore une exception avec une note", "Close an exception with a note"),
        message=CloseBankException,
        body=ExceptionClosingRequest,
        answer=BankExceptionClosed,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
    Relay(
        method="GET",
        path="/administration/returned-payments",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Paiements retournés, les plus récents d’abord", "Returned payments, newest first"),
        message=ListReturnedPayments,
        query=("reissued", "limit", "before"),
        answer=ReturnedPaymentsPage,
    ),
    Relay(
        method="POST",
        path="/administration/returned-payments/{batch_number}/reissue",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Réémettre un paiement retourné, par dépôt ou par chèque",
            "Re-issue a returned payment, by deposit or by cheque",
        ),
        message=ReissuePayment,
        body=ReissueRequest,
        answer=ReissueView,
        status=201,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
    Relay(
        method="GET",
        path="/administration/cheques",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Registre des chèques, les plus récents d’abord", "Register of cheques, newest first"),
        message=ListCheques,
        query=("status", "limit", "before"),
        answer=ChequesPage,
    ),
    Relay(
        method="POST",
        path="/administration/cheques/{cheque_number}/outcome",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Noter qu’un chèque est encaissé ou annulé", "Note that a cheque was cashed or voided"),
        message=DecideCheque,
        body=ChequeOutcomeRequest,
        answer=ChequeDecided,
        problems=(404, 409),
        timeout_seconds=_ACT_SECONDS,
    ),
)
