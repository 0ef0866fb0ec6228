"""A payee's list of payments as CSV, page by page as the pages come (PAY-2, PAY-4)."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from services.edge.language import Text
from services.edge.ports import Rpc
from shared.contracts import Actor
from shared.contracts.payments import PaymentsPage, PaymentsQuery, PaymentView
from shared.csv_files import Amount, Cell, CsvForm, csv_form
from shared.telemetry import Trace

ROWS_AT_ONCE: Final = 100
COLUMNS: Final = (
    Text("Numéro de lot", "Batch number"),
    Text("Nombre de demandes", "Number of claims"),
    Text("Date payée", "Date paid"),
    Text("Montant payé", "Amount paid"),
    Text("Montant déposé", "Amount deposited"),
    Text("Date d’envoi", "Date sent"),
    Text("Statut", "Status"),
)
STATUSES: Final[Mapping[str, Text]] = {
    "scheduled": Text("Prévu", "Scheduled"),
    "sent": Text("Envoyé", "Sent"),
    "settled": Text("Déposé", "Deposited"),
    "returned": Text("Retourné par la banque", "Returned by the bank"),
}
"""What the statuses are called; one that has no words stands for itself."""


class PaymentList:
    """A list on its way out: the first page is there before anything is answered, so that a refusal is one."""

    def __init__(self, rpc: Rpc, query: PaymentsQuery, *, actor: Actor, trace: Trace | None, language: str) -> None:
        self._rpc = rpc
        self._query = query.model_copy(update={"limit": ROWS_AT_ONCE})
        self._actor = actor
        self._trace = trace
        self._language = language

    async def opened(self) -> AsyncIterator[bytes]:
        """The file, piece by piece.

        Raises:
            AppError: as payments refused the first page.
        """
        return self._pieces(await self._page(None))

    async def _pieces(self, page: PaymentsPage) -> AsyncIterator[bytes]:
        form = csv_form(self._language)
        yield form.opening([name[self._language] for name in COLUMNS]) + self._rows(form, page)
        while page.next_before is not None:
            page = await self._page(page.next_before)
            yield self._rows(form, page)

    async def _page(self, before: str | None) -> PaymentsPage:
        query = self._query.model_copy(update={"before": before})
        return await self._rpc.request(query, PaymentsPage, actor=self._actor, trace=self._trace)

    def _rows(self, form: CsvForm, page: PaymentsPage) -> bytes:
        return form.rows(self._cells(payment) for payment in page.payments)

    def _cells(self, payment: PaymentView) -> tuple[Cell, ...]:
        status = STATUSES.get(payment.status)
        return (
            payment.batch_number,
            payment.claims,
            payment.payable_on,
            Amount(payment.amount_cents),
            Amount(payment.settled_cents),
            payment.sent_at,
            payment.status if status is None else status[self._language],
        )
