"""Terms of use: shown at the first sign-in and again when their version changes (LOG-7)."""

from collections.abc import Sequence

from services.identity.domain.accounts import Account
from services.identity.domain.errors import AccountUnknownError, TermsOutdatedError
from services.identity.domain.plans import Rules
from services.identity.domain.terms import Acceptance, Terms, TermsCatalogue, terms_of
from services.identity.handlers.acts import note
from services.identity.ports import AcceptanceRepository, AccountRepository, DossierRepository
from shared.clock import Clock
from shared.contracts.identity import AccountView
from shared.contracts.identity.terms import AcceptTerms, ListTerms, OwnTerms, ReadTerms, TermsView
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


class TermsDesk:
    """What people accepted, and what is due."""

    def __init__(
        self,
        catalogue: TermsCatalogue,
        rules: Rules,
        *,
        acceptances: AcceptanceRepository,
        accounts: AccountRepository,
        dossiers: DossierRepository,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._rules = rules
        self._acceptances = acceptances
        self._accounts = accounts
        self._dossiers = dossiers
        self._clock = clock

    async def contribute(self, account: Account, view: AccountView, session: Session | None) -> AccountView:
        """The restriction ``terms`` while some are due."""
        accepted = await self._acceptances.list_by_account(account.account_id, session=session)
        if not self._catalogue.due(await self._terms_ids(account, session), accepted):
            return view
        return view.model_copy(update={"restrictions": (*view.restrictions, "terms")})

    async def read(self, received: Received[ReadTerms]) -> TermsView:
        """The version in force, for anybody.

        Raises:
            TermsUnknownError: no such terms.
        """
        message = received.message
        return _view(self._catalogue.get(message.terms_id), message.language)

    async def list_own(self, received: Received[ListTerms]) -> OwnTerms:
        """The terms that the caller accepts, those that are due first."""
        actor = received.require_actor()
        account = await self._account(actor.account_id, None)
        accepted = await self._acceptances.list_by_account(account.account_id)
        due = self._catalogue.due(await self._terms_ids(account, None), accepted)
        every = [self._catalogue.get(terms_id) for terms_id in sorted(await self._terms_ids(account, None))]
        views = [_view(terms, account.language, due=terms in due, accepted=accepted) for terms in every]
        return OwnTerms(terms=tuple(sorted(views, key=lambda view: not view.due)))

    async def accept(self, received: Received[AcceptTerms], work: Work) -> TermsView:
        """Record consent with version, time and language; accepting again changes nothing.

        Raises:
            TermsUnknownError: no such terms.
            TermsOutdatedError: not the version in force.
        """
        actor, message = received.require_actor(), received.message
        account = await self._account(actor.account_id, work.session)
        terms = self._catalogue.get(message.terms_id)
        if terms.version != message.version:
            raise TermsOutdatedError
        accepted = await self._acceptances.list_by_account(account.account_id, session=work.session)
        if self._catalogue.due([terms.terms_id], accepted):
            await self.record(account.account_id, terms, account.language, work)
            note(
                work,
                received,
                "terms_accepted",
                about=account.account_id,
                details={"terms": terms.terms_id, "version": terms.version},
            )
            accepted = await self._acceptances.list_by_account(account.account_id, session=work.session)
        return _view(terms, account.language, accepted=accepted)

    async def record(self, account_id: str, terms: Terms, language: str, work: Work) -> None:
        """Keep a consent, also one given on the way to an account (REG-10)."""
        acceptance = Acceptance(
            account_id=account_id,
            terms_id=terms.terms_id,
            version=terms.version,
            language=language,
            accepted_at=self._clock(),
        )
        await self._acceptances.add(acceptance, session=work.session)

    async def _terms_ids(self, account: Account, session: Session | None) -> frozenset[str]:
        ids = [number.dossier_id for number in account.dossiers]
        dossiers = await self._dossiers.list_by_ids(ids, session=session)
        plans = {self._rules.plan(dossier.plan_code).terms_id for dossier in dossiers.values()}
        return terms_of(account.roles, plans)

    async def _account(self, account_id: str, session: Session | None) -> Account:
        account = await self._accounts.get(account_id, session=session)
        if account is None or not account.usable(self._clock()):
            raise AccountUnknownError
        return account


def _view(terms: Terms, language: str, *, due: bool = False, accepted: Sequence[Acceptance] = ()) -> TermsView:
    text = terms.texts[language]
    mine = [item for item in accepted if (item.terms_id, item.version) == (terms.terms_id, terms.version)]
    return TermsView(
        terms_id=terms.terms_id,
        version=terms.version,
        language=language,
        title=text.title,
        paragraphs=text.paragraphs,
        due=due,
        accepted_at=mine[0].accepted_at if mine else None,
    )
