"""Linking instead of registering: an account of another product line gains a dossier (REG-9).

Whether the user code exists, whether the password is right and whether the facts match shows in nothing but the mail
that the owner of the account gets. So nothing can be guessed here, and no lock is needed.
"""

from collections.abc import Mapping
from typing import Final

from services.identity.domain.accounts import MEMBER
from services.identity.domain.errors import RegistrationNotConfirmedError
from services.identity.domain.flows import Mailing
from services.identity.domain.matching import Verdict
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.member_steps import NOBODY, NOTICES
from services.identity.handlers.members import Members, dossier_number
from services.identity.ports import AccountRepository, PasswordHasher
from shared.contracts.identity.enrolment import CodeReturned, ExistingAccount
from shared.outbox import Work

PATHS: Final = frozenset({"member_link"})


class LinkSteps:
    """What the steps after the roster facts do."""

    def __init__(self, members: Members, *, accounts: AccountRepository, hashing: PasswordHasher) -> None:
        self._members = members
        self._accounts = accounts
        self._hashing = hashing

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=ExistingAccount, prepare=self.prepare_account, take=self.account, paths=PATHS),
            Step(data=CodeReturned, take=self.code, paths=PATHS),
        )

    async def prepare_account(self, submission: Submission[ExistingAccount]) -> Mapping[str, str]:
        """Verify the password; it takes one hash whether or not the name exists.

        Raises:
            HashingBusyError: too many passwords wait.
        """
        password = submission.open("password", submission.data.password)
        account = await self._accounts.get_by_user_name(submission.data.user_name)
        right = await self._hashing.verify(password, None if account is None else account.password)
        usable = account is not None and right and account.usable(submission.now) and MEMBER in account.roles
        return {"account_id": account.account_id if account is not None and usable else NOBODY}

    async def account(self, submission: Submission[ExistingAccount], work: Work) -> Taken:
        """Have a code or a notice mailed to the account; nothing to nobody when there is none."""
        facts = submission.flow.record("roster_facts")
        account = await self._accounts.get(submission.prepared["account_id"], session=work.session)
        verdict = Verdict(str(facts["verdict"]))
        matched = account is not None and verdict is Verdict.MATCHED
        return Taken(
            record={"account_id": account.account_id if account is not None and matched else None},
            mailing=Mailing(
                email=None if account is None else account.email,
                language=submission.flow.language if account is None else account.language,
                notice=NOTICES.get(verdict),
            ),
        )

    async def code(self, submission: Submission[CodeReturned], work: Work) -> Taken:
        """The owner of the account agrees: the dossier is added.

        Raises:
            RegistrationNotConfirmedError: not matched, or somebody else was faster.
        """
        account_id = submission.flow.record("existing_account")["account_id"]
        account = await self._accounts.get(str(account_id or NOBODY), session=work.session)
        dossier = await self._members.free_dossier(dossier_number(submission.flow), work.session)
        if account is None or dossier is None:
            raise RegistrationNotConfirmedError
        await self._members.add_dossier(account, dossier, submission.received, work)
        return Taken(account_id=account.account_id)
