"""Accounts as the edge sees them: who somebody is, for what, and what must come first."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, get_args

from services.identity.domain.accounts import Account
from services.identity.domain.plans import Rules
from services.identity.domain.roster import DossierNumber
from services.identity.ports import DossierRepository
from shared.clock import Clock
from shared.contracts.identity import AccountView, DossierView, Restriction
from shared.mongo import Session

Contribute = Callable[[Account, AccountView, Session | None], Awaitable[AccountView]]
"""Adds what a feature knows of an account: features of a plan, terms that are due, grants."""

_ORDER: Final[tuple[Restriction, ...]] = get_args(Restriction)


class AccountViews:
    """Composes the view of an account from what every feature knows of it."""

    def __init__(self, *contributions: Contribute, clock: Clock) -> None:
        self._contributions: Sequence[Contribute] = contributions
        self._clock = clock

    async def of(self, account: Account, *, session: Session | None = None) -> AccountView:
        """The view; restrictions in the order in which they must be dealt with."""
        view = self._own(account)
        for contribute in self._contributions:
            view = await contribute(account, view, session)
        restrictions = sorted(set(view.restrictions), key=_ORDER.index)
        return view.model_copy(update={"restrictions": tuple(restrictions)})

    def _own(self, account: Account) -> AccountView:
        restrictions: list[Restriction] = []
        if account.temporary_until is not None:
            restrictions.append("new_password")
        if account.enrolling:
            restrictions.append("enrolment")
        if account.opens_at is not None and self._clock() < account.opens_at:
            restrictions.append("not_open_yet")
        return AccountView(
            account_id=account.account_id,
            user_name=account.user_name,
            display_name=account.display_name,
            language=account.language,
            roles=account.roles,
            dossiers=tuple(_dossier_view(number) for number in account.dossiers),
            provider_id=account.provider_id,
            restrictions=tuple(restrictions),
            opens_at=account.opens_at,
            second_factor="totp" if account.second_factor == "totp" else "email",
            sessions_since=account.sessions_since,
        )


def plan_features(rules: Rules, dossiers: DossierRepository) -> Contribute:
    """What the plan of each dossier offers (COV-3)."""

    async def contribute(_account: Account, view: AccountView, session: Session | None) -> AccountView:
        known = await dossiers.list_by_ids([each.dossier_id for each in view.dossiers], session=session)
        with_features = tuple(
            each.model_copy(update={"features": rules.plan(known[each.dossier_id].plan_code).features})
            if each.dossier_id in known
            else each
            for each in view.dossiers
        )
        return view.model_copy(update={"dossiers": with_features})

    return contribute


def _dossier_view(number: DossierNumber) -> DossierView:
    return DossierView(
        dossier_id=number.dossier_id, contract_number=number.contract, certificate_number=number.certificate
    )
