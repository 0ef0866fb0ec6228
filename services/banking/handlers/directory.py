"""The list of financial institutions (BNK-1): built in, or a directory that was loaded, switched to and asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.banking.domain.accounts import AccountWarning, DirectDeposit, account_warnings
from services.banking.domain.directory import Branch, RefusedLine, read_directory
from services.banking.domain.institutions import INSTITUTION_NUMBERS, INSTITUTIONS, Institution
from shared.contracts.banking_details import (
    BranchView,
    GetBranch,
    InstitutionsView,
    InstitutionView,
    ListInstitutions,
)
from shared.envelopes import Received
from shared.errors import Conflict, NotFound, Rejected


class BranchNotFound(NotFound):
    """The directory in force has no such branch."""

    def __init__(self, institution: str, transit: str) -> None:
        super().__init__("banking.branch_not_found", institution=institution, transit=transit)


class DirectoryNotLoaded(NotFound):
    """Only the built-in list is there, and it knows no branches."""

    def __init__(self) -> None:
        super().__init__("banking.directory_not_loaded")


class LinesRefused(Rejected):
    """Lines of a directory are not as the layout says; nothing was loaded."""

    def __init__(self, refused: Sequence[RefusedLine]) -> None:
        super().__init__("banking.directory_lines_refused", count=len(refused))
        self.refused = tuple(refused)


class DirectoryEmpty(Rejected):
    """A directory without a branch would refuse every account."""

    def __init__(self) -> None:
        super().__init__("banking.directory_empty")


class DirectoryShrunk(Conflict):
    """The directory lists far fewer institutions than the one in force: a part of a file, most likely."""

    def __init__(self, institutions: int, *, before: int) -> None:
        super().__init__("banking.directory_shrunk", institutions=institutions, before=before)


class VersionNotUsable(Conflict):
    """There is no such version, or not all of it any more."""

    def __init__(self, number: int) -> None:
        super().__init__("banking.directory_version_not_usable", version=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryVersion:
    """One load of a directory.

    Attributes:
        sha256: of the file.
        cycle: cycle date of the file, six digits.
        refused: lines that were left out.
        is_complete: all of it is there; False while it is loaded, and once its branches were forgotten.
    """

    number: int
    sha256: str
    cycle: str
    branches: int
    institutions: int
    refused: int
    loaded_at: datetime
    is_complete: bool
    is_in_force: bool


class InstitutionDirectory(Protocol):
    """What the directory in force says; the built-in list where none was ever loaded."""

    async def version(self) -> int | None:
        """Which version is in force; None for the built-in list."""

    async def institutions(self) -> Mapping[str, Institution]:
        """Institutions that an enrolment may name, by number."""

    async def branch(self, institution: str, transit: str) -> Branch | None:
        """The branch, if the version in force has it."""

    async def numbers_ever(self) -> frozenset[str]:
        """Every institution that some version or the built-in list has: accounts there can still be paid."""


class DirectoryVersions(Protocol):
    """Loaded directories."""

    async def add(self, branches: Sequence[Branch], *, sha256: str, refused: int, at: datetime) -> DirectoryVersion:
        """Store a directory as the next version, in force nowhere; one that is interrupted stays incomplete."""

    async def list_all(self) -> tuple[DirectoryVersion, ...]:
        """All versions, the latest first."""

    async def put_in_force(self, number: int) -> None:
        """From now on this version counts."""

    async def forget_branches(self, numbers: Sequence[int]) -> None:
        """Keep of these versions their institutions only."""


class BuiltInDirectory:
    """``InstitutionDirectory`` without a database."""

    async def version(self) -> int | None:
        """None: it has no versions."""
        return None

    async def institutions(self) -> Mapping[str, Institution]:
        """The short list."""
        return INSTITUTIONS

    async def branch(self, institution: str, transit: str) -> Branch | None:  # noqa: ARG002 - it has none
        """None: it knows no branches."""
        return None

    async def numbers_ever(self) -> frozenset[str]:
        """The numbers of the short list."""
        return INSTITUTION_NUMBERS


BUILT_IN: Final[InstitutionDirectory] = BuiltInDirectory()


async def warnings_for(deposit: DirectDeposit, directory: InstitutionDirectory) -> tuple[AccountWarning, ...]:
    """What may have been mistyped. Whether a branch exists is known only where a directory is loaded."""
    is_branch_known = True
    if await directory.version() is not None:
        is_branch_known = await directory.branch(deposit.institution, deposit.transit) is not None
    return account_warnings(deposit, institutions=await directory.institutions(), is_branch_known=is_branch_known)


async def list_institutions(
    received: Received[ListInstitutions], *, directory: InstitutionDirectory
) -> InstitutionsView:
    """The institutions that an enrolment may name, those with a name first, by name."""
    language = received.message.language
    listed = (await directory.institutions()).values()
    views = (InstitutionView(number=one.number, name=one.name(language)) for one in listed)
    return InstitutionsView(
        institutions=tuple(sorted(views, key=lambda view: (view.name == view.number, view.name.casefold()))),
        directory_version=await directory.version(),
    )


async def get_branch(received: Received[GetBranch], *, directory: InstitutionDirectory) -> BranchView:
    """One branch, by the two numbers that a payee types.

    Raises:
        DirectoryNotLoaded: nothing is known of branches.
        BranchNotFound: there is no such branch.
    """
    message = received.message
    if await directory.version() is None:
        raise DirectoryNotLoaded
    institution, transit = message.routing[1:4], message.routing[4:]
    branch = await directory.branch(institution, transit)
    if branch is None:
        raise BranchNotFound(institution, transit)
    return BranchView(
        institution=branch.institution,
        branch_number=branch.transit,
        institution_name=branch.name_fr if message.language == "fr" else branch.name_en,
        domicile=branch.domicile,
        address=branch.address,
        city=branch.city,
        province=branch.province,
        postal_code=branch.postal_code,
    )


async def load_directory(
    lines: Iterable[bytes],
    *,
    sha256: Callable[[], str],
    versions: DirectoryVersions,
    clock: Callable[[], datetime],
    most_bad_lines: int = 0,
) -> DirectoryVersion:
    """Store a directory as the next version; ``switch_directory`` puts it in force. Up to ``most_bad_lines`` may be
    left out; ``sha256`` is that of the lines, asked once they are read.

    Raises:
        LinesRefused: more bad lines; nothing was stored.
        DirectoryEmpty: no line at all.
    """
    branches: list[Branch] = []
    refused: list[RefusedLine] = []
    for one in read_directory(lines):
        if isinstance(one, Branch):
            branches.append(one)
        else:
            refused.append(one)
    if len(refused) > most_bad_lines:
        raise LinesRefused(refused)
    if not branches:
        raise DirectoryEmpty
    digest = sha256()
    for version in await versions.list_all():
        if version.sha256 == digest and version.is_complete:
            return version
    return await versions.add(branches, sha256=digest, refused=len(refused), at=clock())


async def switch_directory(
    number: int, *, versions: DirectoryVersions, keep: int, may_shrink: bool = False
) -> DirectoryVersion:
    """Put a version in force, a later or an earlier one; of all but the last ``keep`` versions the branches go.

    Raises:
        VersionNotUsable: unknown or incomplete.
        DirectoryShrunk: fewer than half of the institutions in force, and not ``may_shrink``.
    """
    known = await versions.list_all()
    wanted = next((one for one in known if one.number == number and one.is_complete), None)
    if wanted is None:
        raise VersionNotUsable(number)
    before = next((one.institutions for one in known if one.is_in_force), 0)
    if wanted.institutions * 2 < before and not may_shrink:
        raise DirectoryShrunk(wanted.institutions, before=before)
    await versions.put_in_force(number)
    await versions.forget_branches([one.number for one in known[keep:] if one.is_complete and one.number != number])
    return wanted
