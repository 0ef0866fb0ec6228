"""What a dental practice bills in one batch, as the CSV of ``POST /provider/claims/batches``: treatments of today for
people of the sample roster, a few of them typed wrongly on purpose.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Final

from deploy.sample.claims import AUTHORISATION_VERSION
from deploy.sample.generate import RosterRow, rows

WRONG_EVERY: Final = 50
FIRST_REFERENCE: Final = "V-00001"
COLUMNS: Final = (
    "reference", "contract_number", "certificate_number", "birth_date", "claim_type", "service_date", "code", "units",
    "amount", "tooth", "surfaces", "authorised", "text_version",
)  # fmt: skip

_SERVICES: Final = (
    {"claim_type": "dental_exam", "code": "DX-RCL", "amount": "54.00"},
    {"claim_type": "dental_cleaning", "code": "DC-POL", "amount": "52.00"},
    {"claim_type": "dental_scaling", "code": "DS-SCL", "units": "2", "amount": "118.00"},
    {"claim_type": "dental_filling", "code": "DB-CMP", "amount": "164.50", "tooth": "14", "surfaces": "MO"},
)
_MISTAKES: Final = (
    {"amount": "cinquante-quatre"},
    {"birth_date": "31-12-1980"},
    {"reference": ""},
    {"authorised": "no"},
    {"surfaces": "QQ"},
    {"reference": FIRST_REFERENCE},
)
"""Words for an amount, a date the other way round, no reference, no authorisation, surfaces that no tooth has, and the
reference of the first claim.
"""


def wrong_rows(count: int) -> range:
    """Which claims of a batch of so many are wrong: every fiftieth, each in another way."""
    return range(WRONG_EVERY // 2, count, WRONG_EVERY)


def sample_batch(count: int, *, today: date) -> bytes:
    """A claim each for people whose coverage has no end."""
    patients = [row for row in rows() if row.effective_to is None]
    claims = [_claim(number, patients, today) for number in range(count)]
    for mistake, number in enumerate(wrong_rows(count)):
        claims[number] |= _MISTAKES[mistake % len(_MISTAKES)]
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(claims)
    return out.getvalue().encode()


def _claim(number: int, patients: Sequence[RosterRow], today: date) -> dict[str, str]:
    """The next patient has another treatment, and so has the same one when everybody had a turn."""
    turn, place = divmod(number, len(patients))
    patient = patients[place]
    return {
        "reference": f"V-{number + 1:05d}",
        "contract_number": patient.contract_number,
        "certificate_number": patient.certificate_number,
        "birth_date": patient.birth_date.isoformat(),
        "service_date": today.isoformat(),
        "units": "1",
        "authorised": "yes",
        "text_version": AUTHORISATION_VERSION,
        **_SERVICES[(place + turn) % len(_SERVICES)],
    }
