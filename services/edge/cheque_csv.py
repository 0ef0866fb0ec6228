"""The cheque register as CSV for a spreadsheet: French with ``;``, decimal comma and BOM, English with ``,`` and point.

Every cell is a number, a date or an id of ours: none can begin a formula.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

from services.edge.language import FRENCH, Text
from shared.clock import BUSINESS_ZONE
from shared.contracts.payments_runs import ChequeView

_HEADINGS: Final = (
    Text("Numéro", "Number"),
    Text("Lot", "Batch"),
    Text("Bénéficiaire", "Payee"),
    Text("Montant", "Amount"),
    Text("Imprimé le", "Printed on"),
    Text("État", "Status"),
)
_STATUSES: Final = {"printed": Text("imprimé", "printed"), "void": Text("annulé", "void")}
_BOM: Final = "\ufeff"


def cheque_register(cheques: Iterable[ChequeView], language: str) -> bytes:
    """One row per cheque, under a row of headings."""
    french = language == FRENCH
    out = StringIO()
    writer = csv.writer(out, delimiter=";" if french else ",")
    writer.writerow([heading[language] for heading in _HEADINGS])
    for cheque in cheques:
        writer.writerow(
            [
                cheque.number,
                cheque.batch_number,
                cheque.payee_id,
                _amount(cheque.amount_cents, "," if french else "."),
                cheque.printed_at.astimezone(BUSINESS_ZONE).date().isoformat(),
                _STATUSES[cheque.status][language],
            ]
        )
    return ((_BOM if french else "") + out.getvalue()).encode()


def _amount(cents: int, point: str) -> str:
    dollars, rest = divmod(cents, 100)
    return f"{dollars}{point}{rest:02}"
