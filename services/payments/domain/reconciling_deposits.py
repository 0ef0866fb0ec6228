"""From batches to the bank: every batch stands in one file line, and each line is settled, returned or in transit."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.payments.domain.ledger import AccountKind
from services.payments.domain.reconciliation import (
    Batch,
    BatchRow,
    Difference,
    DifferenceKind,
    Equation,
    Facts,
    StoredTransfer,
    WordKind,
)
from shared.money import Cents

_UNKNOWN: Mapping[WordKind, DifferenceKind] = {
    "file": "file_line_unknown",
    "settlement": "settlement_unknown",
    "return": "return_unknown",
}


@dataclass(slots=True)
class _Said:
    """Amounts that banking named for a payment, one per mention."""

    file: list[Cents] = field(default_factory=list)
    settlement: list[Cents] = field(default_factory=list)
    returned: list[Cents] = field(default_factory=list)

    def of(self, kind: WordKind) -> list[Cents]:
        match kind:
            case "file":
                return self.file
            case "settlement":
                return self.settlement
            case "return":
                return self.returned


@dataclass(slots=True)
class _Booked:
    """What the ledger says about a payment."""

    scheduled: Cents = 0
    bank: Cents = 0
    returned: Cents = 0
    reissued: Cents = 0
    anew: Cents = 0
    """On its way in the place of this payment."""


class DepositSide:
    """The second half of a reconciliation."""

    def __init__(self, facts: Facts) -> None:
        self._batches = sorted(
            (batch for batch in facts.batches if batch.run_id in facts.run_ids), key=lambda batch: batch.batch_number
        )
        self._said: dict[str, _Said] = defaultdict(_Said)
        for word in facts.words:
            for line in word.lines if word.run_id in facts.run_ids else ():
                self._said[line.payment_id].of(word.kind).append(line.amount_cents)
        self._booked = _bookings(facts.transfers)

    def rows(self) -> tuple[BatchRow, ...]:
        """Every batch of the runs, by number."""
        return tuple(self._row(batch) for batch in self._batches)

    def equations(self, rows: Sequence[BatchRow]) -> tuple[Equation, ...]:
        """Items = batches = ledger, batches = file lines + unsent + cheques, each of these = what became of it."""
        batches = sum(row.batch_cents for row in rows)
        lines = sum(row.file_cents for row in rows)
        cheques = [row for row in rows if row.method == "cheque"]
        deposits = [row for row in rows if row.method != "cheque"]
        return (
            Equation(
                name="items_to_batches",
                left={"items": sum(row.items_cents for row in rows)},
                right={"batches": batches},
            ),
            Equation(
                name="batches_to_ledger",
                left={"batches": batches},
                right={"scheduled": sum(row.ledger_cents for row in rows)},
            ),
            Equation(
                name="batches_to_file",
                left={"batches": batches},
                right={
                    "file_lines": lines,
                    "unsent": sum(row.unsent_cents for row in rows),
                    "cheques": sum(row.cheque_cents for row in cheques),
                },
            ),
            Equation(
                name="file_to_bank",
                left={"file_lines": lines},
                right={
                    "settled": sum(0 if row.returned_cents else row.settled_cents for row in deposits),
                    "returned": sum(row.returned_cents for row in deposits),
                    "in_transit": sum(row.in_transit_cents for row in deposits),
                },
            ),
        )

    def differences(self) -> Iterator[Difference]:
        """Batch after batch; what banking said of payments that nobody knows comes last."""
        for batch in self._batches:
            yield from self._of_batch(batch)
            yield from self._of_file(batch)
            yield from self._of_settlement(batch)
            yield from self._of_return(batch)
        known = {batch.payment_id for batch in self._batches}
        for payment_id in sorted(self._said.keys() - known):
            for kind, difference in _UNKNOWN.items():
                amounts = self._said[payment_id].of(kind)
                if amounts:
                    yield Difference(kind=difference, subject=payment_id, expected_cents=0, found_cents=sum(amounts))

    def _row(self, batch: Batch) -> BatchRow:
        said, booked = self._of(batch)
        return BatchRow(
            batch_number=batch.batch_number,
            payment_id=batch.payment_id,
            run_id=batch.run_id,
            payee_id=batch.payee_id,
            status=batch.status,
            method=batch.method,
            claims=len({item.claim_id for item in batch.items}),
            items_cents=sum(item.amount_cents for item in batch.items),
            batch_cents=batch.amount_cents,
            ledger_cents=self._scheduled(batch),
            file_cents=sum(said.file),
            settled_cents=sum(said.settlement),
            cashed_cents=booked.bank if batch.method == "cheque" else 0,
            returned_cents=sum(said.returned) or booked.returned,
            reissued_cents=booked.reissued,
        )

    def _of(self, batch: Batch) -> tuple[_Said, _Booked]:
        return self._said.get(batch.payment_id, _Said()), self._booked.get(batch.payment_id, _Booked())

    def _scheduled(self, batch: Batch) -> Cents:
        """What the ledger put on its way; a re-issue is booked under the payment that came back."""
        if batch.reissue_of is None:
            return self._of(batch)[1].scheduled
        return self._booked.get(batch.reissue_of, _Booked()).anew

    def _of_batch(self, batch: Batch) -> Iterator[Difference]:
        scheduled = self._scheduled(batch)
        items = sum(item.amount_cents for item in batch.items)
        if items != batch.amount_cents:
            yield _difference("batch_amount_differs", batch, expected=items, found=batch.amount_cents)
        if scheduled != batch.amount_cents:
            yield _difference("scheduling_differs_in_ledger", batch, expected=batch.amount_cents, found=scheduled)

    def _of_file(self, batch: Batch) -> Iterator[Difference]:
        lines, amount = self._of(batch)[0].file, batch.amount_cents
        if not lines and batch.status != "scheduled" and batch.method != "cheque":
            yield _difference("file_line_missing", batch, expected=amount, found=0)
        elif len(lines) > 1:
            yield _difference("file_line_duplicated", batch, expected=amount, found=sum(lines))
        elif lines and lines[0] != amount:
            yield _difference("file_line_amount_differs", batch, expected=amount, found=lines[0])

    def _of_settlement(self, batch: Batch) -> Iterator[Difference]:
        said, booked = self._of(batch)
        reported, amount = said.settlement, batch.amount_cents
        if batch.status == "settled" and booked.bank != amount:
            yield _difference("settlement_differs_in_ledger", batch, expected=amount, found=booked.bank)
        if not reported:
            if batch.status == "settled" and batch.method != "cheque":
                yield _difference("settlement_missing", batch, expected=amount, found=0)
        elif len(reported) > 1:
            yield _difference("settlement_duplicated", batch, expected=amount, found=sum(reported))
        elif reported[0] != amount:
            yield _difference("settlement_amount_differs", batch, expected=amount, found=reported[0])
        elif batch.status in {"scheduled", "sent"}:
            yield _difference("settlement_not_booked", batch, expected=amount, found=0)

    def _of_return(self, batch: Batch) -> Iterator[Difference]:
        said, booked = self._of(batch)
        if not said.returned:
            if batch.status == "returned" and batch.method != "cheque":
                yield _difference("return_missing", batch, expected=batch.amount_cents, found=0)
            return
        if sum(said.returned) != batch.amount_cents:
            yield _difference("return_amount_differs", batch, expected=batch.amount_cents, found=sum(said.returned))
        elif not booked.returned:
            yield _difference("return_not_booked", batch, expected=batch.amount_cents, found=0)


def _bookings(transfers: Sequence[StoredTransfer]) -> Mapping[str, _Booked]:
    """By payment."""
    booked: dict[str, _Booked] = defaultdict(_Booked)
    for transfer in transfers:
        if transfer.payment_id is None:
            continue
        payment, what = booked[transfer.payment_id], transfer.key.partition("/")[0]
        for posting in transfer.postings:
            cents = posting.amount_cents
            match posting.account.kind:
                case AccountKind.IN_TRANSIT | AccountKind.CHEQUES if cents < 0:
                    payment.scheduled -= cents if what == "scheduled" else 0
                    payment.anew -= cents if what == "reissued" else 0
                case AccountKind.BANK:
                    payment.bank -= cents
                case AccountKind.RETURNED if cents < 0:
                    payment.returned -= cents
                case AccountKind.RETURNED:
                    payment.reissued += cents
    return booked


def _difference(kind: DifferenceKind, batch: Batch, *, expected: Cents, found: Cents) -> Difference:
    return Difference(kind=kind, subject=batch.payment_id, expected_cents=expected, found_cents=found)
