"""Making members of people, and giving members more dossiers: what every path ends with."""

from datetime import date, datetime
from typing import Any, Final

from services.identity.domain.accounts import MEMBER, Account
from services.identity.domain.flows import Flow
from services.identity.domain.matching import MISSES_WITHIN, Facts
from services.identity.domain.plans import PlanRules, Rules
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.handlers.acts import note
from services.identity.handlers.enrolment import Submission
from services.identity.ports import AccountRepository, CheckRepository, DossierRepository
from shared.clock import IdMaker
from shared.contracts.identity import MemberRegistered
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work


class RosterMatching:
    """Checks facts about a dossier; wrong ones are counted, and after some of them right ones count as wrong."""

    def __init__(
        self,
        rules: Rules,
        *,
        dossiers: DossierRepository,
        accounts: AccountRepository,
        checks: CheckRepository,
        misses_allowed: int,
    ) -> None:
        self._rules = rules
        self._dossiers = dossiers
        self._accounts = accounts
        self._checks = checks
        self.misses_allowed: Final = misses_allowed

    async def check(
        self, number: DossierNumber, birth_date: date, *, path: str | None, now: datetime, session: Session | None
    ) -> Facts:
        """The facts that decide: always the same queries and one write. ``path`` must be one that the plan opens."""
        dossier = await self._dossiers.get(number.dossier_id, session=session)
        plan = self.plan_of(dossier)
        facts = Facts(
            dossier=dossier,
            birth_date=birth_date,
            holder=await self._accounts.get_by_dossier(number.dossier_id, session=session),
            misses=await self._checks.count_misses(
                number.dossier_id, since=now - MISSES_WITHIN, up_to=self.misses_allowed, session=session
            ),
            offered=path is None or path in plan.paths,
        )
        matched = facts.matched(misses_allowed=self.misses_allowed)
        await self._checks.add(number.dossier_id, matched=matched, at=now, session=session)
        return facts

    def plan_of(self, dossier: Dossier | None) -> PlanRules:
        """The rules of a dossier's plan."""
        return self._rules.plan("" if dossier is None else dossier.plan_code)


class Members:
    """Writes accounts of members and their dossiers, and tells everybody concerned."""

    def __init__(
        self,
        matching: RosterMatching,
        *,
        dossiers: DossierRepository,
        accounts: AccountRepository,
        notices: Notices,
        ids: IdMaker,
    ) -> None:
        self._matching = matching
        self._dossiers = dossiers
        self._accounts = accounts
        self._notices = notices
        self._ids = ids

    async def free_dossier(self, number: DossierNumber, session: Session | None) -> Dossier | None:
        """The dossier, if it is on the roster and nobody has it; always the same queries."""
        dossier = await self._dossiers.get(number.dossier_id, session=session)
        holder = await self._accounts.get_by_dossier(number.dossier_id, session=session)
        return dossier if holder is None else None

    async def namesake(self, email: str, session: Session | None) -> Account | None:
        """The account that has this address as its user name, or the member whose access address it is."""
        by_name = await self._accounts.get_by_user_name(email, session=session)
        by_email = await self._accounts.get_by_email(email, MEMBER, session=session)
        return by_name or by_email

    async def register(
        self,
        submission: Submission[Any],
        work: Work,
        dossier: Dossier,
        *,
        user_name: str,
        email: str,
        password: str,
        display_name: str | None = None,
    ) -> Account:
        """A new account for the holder of a dossier. Of rivals the unique indexes let one through."""
        now = submission.now
        wait = max(submission.path.wait, self._matching.plan_of(dossier).wait)
        account = Account(
            account_id=self._ids(),
            user_name=user_name,
            email=email,
            display_name=display_name or dossier.member.display_name,
            language=submission.flow.language,
            roles=(MEMBER,),
            password=password,
            created_at=now,
            dossiers=(dossier.number,),
            opens_at=now + wait if wait else None,
        )
        await self._accounts.add(account, session=work.session)
        _tell(work, account, dossier)
        note(work, submission.received, "user_created", account_id=account.account_id, about=account.account_id)
        return account

    async def add_dossier(self, account: Account, dossier: Dossier, received: Received[Any], work: Work) -> None:
        """One more dossier for a member, who is told by mail (REG-7, REG-9)."""
        await self._accounts.add_dossier(account.account_id, dossier.number, session=work.session)
        _tell(work, account, dossier)
        values = {"contract_number": dossier.number.contract}
        self._notices.to_account(work, "dossier_added", account.account_id, values=values)
        note(
            work,
            received,
            "privilege_permissions_changed",
            account_id=account.account_id,
            about=dossier.dossier_id,
            details={"change": "dossier_added"},
        )


def dossier_number(flow: Flow) -> DossierNumber:
    """The dossier that a flow is about."""
    facts = flow.record("roster_facts")
    return DossierNumber.of(str(facts["contract"]), str(facts["certificate"]))


def _tell(work: Work, account: Account, dossier: Dossier) -> None:
    work.publish(
        MemberRegistered(
            account_id=account.account_id,
            dossier_id=dossier.dossier_id,
            email=account.email,
            language=account.language,
            holder_name=dossier.member.display_name,
            registered_at=account.created_at,
        )
    )
