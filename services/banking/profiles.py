"""Bank profiles as data: a TOML file for each originator at its bank, read by the command line and the service."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.banking.domain.cpa005 import BankProfile, DateWindow, ProfileInvalid, ReturnsAccount, Separator

FOLDER: Final = Path(__file__).parent / "bank_profiles"
"""Profiles that come with the program; ``load_profile`` takes their names."""
_SUFFIX: Final = ".toml"


class _SeparatorName(StrEnum):
    CRLF = "crlf"
    LF = "lf"
    NONE = "none"


class _Closed(BaseModel):
    """A table of the file: nothing may stand in it that would be passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Returns(_Closed):
    routing: str
    account: str


class _Window(_Closed):
    days_past: Annotated[int, Field(ge=0, le=400)]
    days_future: Annotated[int, Field(ge=0, le=400)]
    future_in_business_days: bool = False


class _Profile(_Closed):
    originator_id: str
    data_centre: str
    short_name: str
    long_name: str
    currency: str = "CAD"
    separator: _SeparatorName = _SeparatorName.CRLF
    payments_per_record: int = 6
    remembered_file_numbers: int = 10
    reserved: str = ""
    settlement_code: str = ""
    transmission_line: str = ""
    returns_to: _Returns | None = None
    credit_window: _Window | None = None
    debit_window: _Window | None = None


def load_profile(name: str) -> BankProfile:
    """The profile of a file, or of that name among those that come with the program.

    Raises:
        ProfileInvalid: a value that no file could carry, an entry that is unknown or missing; ``field`` names it.
        FileNotFoundError: there is no such file.
    """
    path = Path(name)
    if not path.suffix:
        path = FOLDER / f"{name}{_SUFFIX}"
    try:
        told = _Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ProfileInvalid(".".join(str(part) for part in error.errors()[0]["loc"])) from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid("toml") from error
    return _as_profile(told)


def profile_names() -> list[str]:
    """Profiles that come with the program."""
    return sorted(path.stem for path in FOLDER.glob(f"*{_SUFFIX}"))


def _as_profile(told: _Profile) -> BankProfile:
    windows = {
        name: DateWindow(**window.model_dump())
        for name, window in (("credit_window", told.credit_window), ("debit_window", told.debit_window))
        if window is not None
    }
    returns = told.returns_to
    return BankProfile(
        originator_id=told.originator_id,
        data_centre=told.data_centre,
        short_name=told.short_name,
        long_name=told.long_name,
        currency=told.currency,
        separator=Separator[told.separator.name],
        payments_per_record=told.payments_per_record,
        remembered_file_numbers=told.remembered_file_numbers,
        reserved=told.reserved,
        settlement_code=told.settlement_code,
        transmission_line=told.transmission_line,
        returns_to=None if returns is None else ReturnsAccount(returns.routing, returns.account),
        **windows,
    )
