"""Invented providers, a hygienist and a delegate, and the registers that know them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

STATEMENTS: Final = "kind,number,statement_date,batch_number,amount"
BATCHES: Final = ("14787568", "14708205")
_DAYS_AGO: Final = (14, 200)


@dataclass(frozen=True, slots=True)
class SampleDentist:
    """A dentist of the register."""

    number: str
    office_number: str
    email: str

    @property
    def user_name(self) -> str:
        """As it is made from the number."""
        return f"D-{self.number}"

    def profile(self, today: date) -> dict[str, object]:
        """What the dentist types: number, e-mail twice, two statements, three questions with answers."""
        return {
            "kind": "dentist",
            "number": self.number,
            "office_number": self.office_number,
            "email": self.email,
            "email_repeat": self.email,
            "statements": [
                {"statement_date": day.isoformat(), "batch_number": batch} for day, batch in statements(today)
            ],
            "answers": [
                {"question": "favourite_restaurant", "answer": "Chez Lévêque"},
                {"question": "first_car", "answer": "Honda Civic"},
                {"question": "nickname", "answer": "Ti-Loup"},
            ],
        }


@dataclass(frozen=True, slots=True)
class SampleHygienist:
    """A hygienist whom the professional order lists."""

    reference_number: str
    user_name: str
    email: str


@dataclass(frozen=True, slots=True)
class SampleDelegate:
    """Somebody of the hygienist's staff."""

    name: str
    email: str


DENTIST: Final = SampleDentist("012345678", "0042", "anais.cote@example.org")
HYGIENIST: Final = SampleHygienist("204417", "zoedesormes", "zoe.desormes@example.org")
DELEGATE: Final = SampleDelegate("Luc Tremblay", "luc.tremblay@example.org")

PROVIDERS: Final = [
    "kind,number,office_numbers,specialty,name,practice_name,chain,chain_name,email,phone,language,province,active",
    f"dentist,{DENTIST.number},{DENTIST.office_number},,Dre Anaïs Côté,Clinique du Vieux-Moulin,,,,,fr,QC,",
]
PROFESSIONALS: Final = [
    "reference_number,permit_number,first_name,last_name,birth_date,order,standing,language",
    f"{HYGIENIST.reference_number},HD-004417,Zoé,Desormes,1985-03-01,OHDQ,active,fr",
]


def statements(today: date) -> list[tuple[date, str]]:
    """Day and batch number of the two statements of the dentist."""
    return [(today - timedelta(days=days), batch) for days, batch in zip(_DAYS_AGO, BATCHES, strict=True)]


def statement_rows(today: date) -> list[str]:
    """Those statements as they stand in the CSV."""
    return [f"dentist,{DENTIST.number},{day.isoformat()},{batch},12.50" for day, batch in statements(today)]
