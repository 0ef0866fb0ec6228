"""Command line for files of CPA Standard 005; needs no server and no settings.

    python -m services.banking.cpa005 check FILE [--profile PROFILE]
    python -m services.banking.cpa005 show FILE

The exit status is 0 for a sound file, 1 for one that a bank would refuse, 2 for a mistake on the command line.
"""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.banking.cpa005_report import print_contents, print_profile, print_report
from services.banking.domain.cpa005 import BankProfile, ProfileInvalid, ReadRules, check_file, iter_file
from services.banking.domain.institutions import INSTITUTION_NUMBERS
from services.banking.profiles import load_profile, profile_names
from shared.clock import business_day, utc_now

_BROKEN = 1
_PIPE_WIDTH = 160

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Deposit files of CPA Standard 005.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the file")]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="bank profile the file must agree with: a TOML file, or a name from `profiles`"),
]
Near = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day that chooses the century; today")]


@app.command()
def check(
    file: File,
    *,
    profile: Profile = None,
    near: Near = None,
    recent: Annotated[
        list[int] | None, typer.Option(help="file creation number that may not come back; repeat, oldest first")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="the SHA-256 that the file must have")] = None,
    limit: Annotated[int, typer.Option(min=1, help="violations to show")] = 100,
) -> None:
    """Report what a file holds and each rule that it breaks, with its place; exit with 1 when there is one."""
    rules = _rules(profile, near, tuple(recent or ()))
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        report = check_file(source, rules=rules, limit=limit)
    is_expected = sha256 is None or sha256.lower() == digest
    print_report(_console(), report, name=file.name, sha256=digest, is_expected=is_expected)
    if report.violation_count or not is_expected:
        raise typer.Exit(_BROKEN)


@app.command()
def show(
    file: File,
    *,
    near: Near = None,
    limit: Annotated[int, typer.Option(min=1, help="payments to show")] = 100,
) -> None:
    """List the payments of a file, accounts by their last three digits; exit with 1 when a rule is broken."""
    with file.open("rb") as source:
        violations = print_contents(_console(), iter_file(source, rules=_rules(None, near, ())), limit=limit)
    if violations:
        raise typer.Exit(_BROKEN)


@app.command()
def profiles(
    name: Annotated[str | None, typer.Argument(help="a TOML file or a name; all names without")] = None,
) -> None:
    """List the bank profiles that come with the program, or say what one of them asks of a file."""
    console = _console()
    if name is None:
        for one in profile_names():
            console.print(one, highlight=False)
        return
    print_profile(console, _profile(name))


def _rules(profile: str | None, near: datetime | None, recent: tuple[int, ...]) -> ReadRules:
    today: date = near.date() if near else business_day(utc_now())
    if profile is None:
        return ReadRules(near=today, institutions=INSTITUTION_NUMBERS, recent_file_numbers=recent)
    return ReadRules.of(_profile(profile), near=today, institutions=INSTITUTION_NUMBERS, recent_file_numbers=recent)


def _profile(name: str) -> BankProfile:
    try:
        return load_profile(name)
    except ProfileInvalid as error:
        raise typer.BadParameter(f"the profile {name} is not usable: {error.params['field']}") from error
    except OSError as error:
        raise typer.BadParameter(f"there is no profile {name}; known are {', '.join(profile_names())}") from error


def _console() -> Console:
    console = Console()
    # What goes into a file or a pipe is not cut to the width of a screen that is not there.
    return console if console.is_terminal else Console(width=max(console.width, _PIPE_WIDTH))


if __name__ == "__main__":
    app()
