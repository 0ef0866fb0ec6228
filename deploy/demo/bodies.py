"""Claims that the demo's members type in."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from deploy.demo.client import Json
from deploy.sample.claims import AUTHORISATION_VERSION

FILLING_CENTS: Final = 16_450
OTHERS_PAID_CENTS: Final = 11_000
PROVIDER: Final = {"name": "Centre de santé des Trois-Rivières", "phone": "819 555-0142"}


@dataclass(frozen=True, slots=True)
class Bodies:
    """Bodies of ``POST /claims`` for services of the day before yesterday."""

    today: date

    def claim(self, claim_type: str, person_id: str, line: Json, **more: object) -> Json:
        """A claim with one line; ``more`` are further fields."""
        return {
            "claim_type": claim_type,
            "person_id": person_id,
            "provider": PROVIDER,
            "lines": [self.line(line)],
            "authorisation": {"accepted": True, "text_version": AUTHORISATION_VERSION},
            **more,
        }

    def line(self, line: Json) -> Json:
        """A line with what all have in common."""
        return {"service_date": (self.today - timedelta(days=2)).isoformat(), "units": 1, "answers": {}, **line}

    def drug(self, person_id: str, din: str, *receipts: str) -> Json:
        """A drug for three months, dispensed for more than plans pay."""
        dispensed = {
            "din": din,
            "quantity": "90",
            "days_supplied": 90,
            "ingredient_cents": 2_400,
            "fee_cents": 1_250,
        }
        line = {"amount_cents": 3_650, "drug": dispensed}
        return self.claim("prescription_drug", person_id, line, receipts=list(receipts))

    def filling(self, person_id: str) -> Json:
        """A filling of which another insurer paid its part."""
        line = {
            "code": "DB-CMP",
            "tooth": "14",
            "surfaces": "MO",
            "amount_cents": FILLING_CENTS,
            "others_paid_cents": OTHERS_PAID_CENTS,
        }
        return self.claim("dental_filling", person_id, line)
