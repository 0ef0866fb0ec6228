"""Plans are archived before the first claim is decided by them, and decisions replayed by what was archived (CLM-8)."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from services.claims.domain.adjudication import Decision
from services.claims.domain.claim import Cause
from services.claims.domain.plan import Plan
from services.claims.domain.plan_archive import ArchivedPlan, plan_key, require_same
from services.claims.handlers.records import replay


class PlanArchive(Protocol):
    """Plans in every version that was ever used."""

    async def keep(self, plan: ArchivedPlan) -> ArchivedPlan:
        """Keep it unless that version is there already; the one that is kept."""
        ...

    async def get(self, code: str, version: int) -> ArchivedPlan | None: ...


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it lies in storage: ``text`` byte for byte, ``decision`` the same, read."""

    claim_number: str
    version: int
    cause: Cause
    text: str
    decision: Decision
    record: str


class DecisionStore(Protocol):
    """Decisions on claims, those that were replaced too."""

    def of_claim(self, number: str) -> AsyncIterator[StoredDecision]:
        """Every version of one claim, the first one first."""
        ...

    def of_all(self) -> AsyncIterator[StoredDecision]:
        """Every version of every claim."""
        ...


@dataclass(slots=True)
class ReplayReport:
    """How many decisions came out the same, and which ones did not, with why."""

    same: int = 0
    differing: list[tuple[StoredDecision, str]] = field(default_factory=list)


async def archive_plans(plans: Iterable[ArchivedPlan], archive: PlanArchive) -> None:
    """Keep every plan that claims may be decided by.

    Raises:
        PlanChangedError: one of them said something else under the same version.
    """
    for plan in plans:
        require_same(plan, await archive.keep(plan))


class Replayer:
    """Makes stored decisions again from their records, by the archived plans."""

    def __init__(self, archive: PlanArchive, text_of: "TextOf") -> None:
        self._archive = archive
        self._text_of = text_of
        self._plans: dict[str, Plan | None] = {}

    async def check(self, decisions: AsyncIterator[StoredDecision]) -> ReplayReport:
        """Compare each with its replay, byte for byte."""
        report = ReplayReport()
        async for stored in decisions:
            wrong = await self._wrong_with(stored)
            if wrong:
                report.differing.append((stored, wrong))
            else:
                report.same += 1
        return report

    async def _wrong_with(self, stored: StoredDecision) -> str:
        decision = stored.decision
        plan: Plan | None = None
        if decision.plan_code:
            plan = await self._plan(decision.plan_code, decision.plan_version)
            if plan is None:
                return f"plan {plan_key(decision.plan_code, decision.plan_version)} is not archived"
        if not stored.record:
            return "no record of its facts"
        return "" if self._text_of(replay(stored.record, plan)) == stored.text else "the replay decides otherwise"

    async def _plan(self, code: str, version: int) -> Plan | None:
        key = plan_key(code, version)
        if key not in self._plans:
            found = await self._archive.get(code, version)
            self._plans[key] = None if found is None else found.compiled()
        return self._plans[key]


class TextOf(Protocol):
    """Writes a decision as storage does."""

    def __call__(self, decision: Decision, /) -> str: ...
