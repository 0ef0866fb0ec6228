"""Plays changes and reviews to the handlers of claims, over any storage."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.claims.data import load_wording
from services.claims.handlers import changing, provider_changing
from services.claims.handlers.asking import Words
from services.claims.handlers.changes import Desk as ChangeDesk
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.ports_papers import Papers
from shared.contracts import Actor, Message
from shared.contracts.claims import ClaimAdjudicated, ClaimProvider, ClaimView
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from shared.contracts.claims.provider_claims import ProviderClaimView
from shared.mongo import Session
from shared.outbox import Work
from tests.support.claims_builders import catalogue
from tests.support.claims_desk import (
    Desk,
    MemoryDesk,
    Transaction,
    coverage_recorded,
    member,
    received,
    without_transaction,
)
from tests.support.claims_papers_memory import MemoryPapers

CLINIC = ClaimProvider(name="Clinique du Parc", phone="514 555-0101")


def words() -> Words:
    return Words(catalogue(), load_wording())


USES: dict[type[Message], Callable[..., Awaitable[Any]]] = {
    AddClaimDocuments: changing.add_documents,
    CorrectClaim: changing.correct_claim,
    VoidClaim: changing.void_claim,
    AddProviderClaimDocuments: provider_changing.add_provider_documents,
    CorrectProviderClaim: provider_changing.correct_provider_claim,
    VoidProviderClaim: provider_changing.void_provider_claim,
}


class ChangingDesk(Desk):
    """A desk where members change their claims."""

    def __init__(
        self,
        repositories: Repositories,
        transaction: Transaction = without_transaction,
        *,
        papers: Papers | None = None,
    ) -> None:
        super().__init__(repositories, transaction)
        self.papers = papers or MemoryPapers()

    @property
    def changing(self) -> ChangeDesk:
        return ChangeDesk(self.repositories, self.plans, self.papers, words(), lambda: self.now)

    async def change(self, command: Message, *, actor: Actor | None = None) -> ClaimView:
        """Handle one change in a transaction."""
        told: ClaimView = await self._changed(command, actor or member())
        return told

    async def change_billed(self, command: Message, *, actor: Actor) -> ProviderClaimView:
        """The same for the provider that billed."""
        told: ProviderClaimView = await self._changed(command, actor)
        return told

    async def _changed(self, command: Message, actor: Actor) -> Any:
        use = USES[type(command)]
        message = received(command, actor=actor)

        async def work(session: Session | None) -> tuple[Any, Work]:
            work = Work(session, message, source="claims")
            return await use(message, work, desk=self.changing), work

        view, done = await self._transaction(work)
        self.events += [event for event in done.events if isinstance(event, ClaimAdjudicated)]
        return view


async def changing_desk(**papers: Any) -> ChangingDesk:
    """A desk in memory that knows the family already."""
    memory = MemoryDesk()
    desk = ChangingDesk(memory.repositories, papers=MemoryPapers(**papers))
    await desk.tell(coverage_recorded())
    return desk
