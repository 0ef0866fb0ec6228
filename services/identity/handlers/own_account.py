"""What members change of their own account: dossiers (REG-7) and the contact address (REG-2)."""

from typing import Any

from services.identity.domain.accounts import Account
from services.identity.domain.contact_choices import ContactChoice
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import (
    AccountUnknownError,
    ConsentMissingError,
    ContactNotPendingError,
)
from services.identity.domain.matching import Verdict
from services.identity.domain.roster import DossierNumber
from services.identity.handlers.acts import note
from services.identity.handlers.members import Members, RosterMatching
from services.identity.handlers.views import AccountViews
from services.identity.ports import AccountRepository, ContactChoiceRepository
from shared.clock import Clock
from shared.contracts.identity.own_account import (
    AddDossier,
    ChooseContact,
    ConfirmContact,
    ContactChosen,
    ContactView,
    DossierAdded,
    GetContact,
    ResendContactCode,
    WithdrawContact,
)
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


class OwnAccounts:
    """The use cases of somebody signed in."""

    def __init__(
        self,
        matching: RosterMatching,
        members: Members,
        *,
        accounts: AccountRepository,
        choices: ContactChoiceRepository,
        views: AccountViews,
        clock: Clock,
    ) -> None:
        self._matching = matching
        self._members = members
        self._accounts = accounts
        self._choices = choices
        self._views = views
        self._clock = clock

    async def add_dossier(self, received: Received[AddDossier], work: Work) -> DossierAdded | None:
        """One more dossier, by the same facts and the same limit of misses as registering.

        Nothing comes of it when the dossier is unknown, not so, or somebody's already. That is no error here, because
        the miss must stay counted; whoever asked is told afterwards, and not which of these it was.
        """
        account, message = await self._account(received, work.session), received.message
        number = DossierNumber.of(message.contract_number, message.certificate_number)
        facts = await self._matching.check(
            number, message.birth_date, path=None, now=self._clock(), session=work.session
        )
        if facts.dossier is None or facts.verdict(misses_allowed=self._matching.misses_allowed) is not Verdict.MATCHED:
            return None
        await self._members.add_dossier(account, facts.dossier, received, work)
        view = await self._views.of(await self._account(received, work.session), session=work.session)
        return DossierAdded(dossier=next(each for each in view.dossiers if each.dossier_id == number.dossier_id))

    async def get_contact(self, received: Received[GetContact]) -> ContactView:
        """The contact address."""
        account = await self._account(received, None)
        return _view(account, await self._choices.get(account.account_id))

    async def choose_contact(self, received: Received[ChooseContact], work: Work) -> ContactView:
        """Keep an address until its code comes back, and have that code mailed there.

        Raises:
            ConsentMissingError: there is no contact address without consent.
            EmailInvalidError: not an address.
        """
        message, now = received.message, self._clock()
        if not message.consent:
            raise ConsentMissingError
        email = email_address(message.email)
        account = await self._account(received, work.session)
        known = await self._choices.get(account.account_id, session=work.session)
        choice = (known or ContactChoice(account_id=account.account_id, changed_at=now)).asked(
            email, message.code.challenge_id, now=now
        )
        await self._choices.put(choice, session=work.session)
        command = SendCode(purpose="contact", code=message.code, email=email, language=account.language)
        work.send(command, expires_at=message.code.expires_at)
        return _view(account, choice)

    async def resend_contact_code(self, received: Received[ResendContactCode], work: Work) -> ContactView:
        """The next code of the challenge that the pending address waits for.

        Raises:
            ContactNotPendingError: another address was typed meanwhile, or none.
        """
        account, code = await self._account(received, work.session), received.message.code
        known = await self._choices.get(account.account_id, session=work.session)
        if known is None or known.pending is None or known.pending_key != code.challenge_id:
            raise ContactNotPendingError
        command = SendCode(purpose="contact", code=code, email=known.pending, language=account.language)
        work.send(command, expires_at=code.expires_at)
        return _view(account, known)

    async def confirm_contact(self, received: Received[ConfirmContact], work: Work) -> ContactView:
        """The address counts from now on; confirming again changes nothing.

        Raises:
            ContactNotPendingError: another address was typed meanwhile, or none.
        """
        account = await self._account(received, work.session)
        known = await self._choices.get(account.account_id, session=work.session)
        if known is None or known.pending is None or known.pending_key != received.message.challenge_id:
            raise ContactNotPendingError
        choice = known.confirmed(now=self._clock())
        await self._choices.put(choice, session=work.session)
        self._say(received, work, choice)
        return _view(account, choice)

    async def withdraw_contact(self, received: Received[WithdrawContact], work: Work) -> ContactView:
        """Notices go to the access address again."""
        account, now = await self._account(received, work.session), self._clock()
        known = await self._choices.get(account.account_id, session=work.session)
        choice = (known or ContactChoice(account_id=account.account_id, changed_at=now)).withdrawn(now=now)
        await self._choices.put(choice, session=work.session)
        self._say(received, work, choice)
        return _view(account, choice)

    def _say(self, received: Received[Any], work: Work, choice: ContactChoice) -> None:
        work.publish(ContactChosen(account_id=choice.account_id, email=choice.email, chosen_at=choice.changed_at))
        change = "contact_withdrawn" if choice.email is None else "contact_chosen"
        note(work, received, "sensitive_update", about=choice.account_id, details={"change": change})

    async def _account(self, received: Received[Any], session: Session | None) -> Account:
        account = await self._accounts.get(received.require_actor().account_id, session=session)
        if account is None or not account.usable(self._clock()):
            raise AccountUnknownError
        return account


def _view(account: Account, choice: ContactChoice | None) -> ContactView:
    if choice is None:
        return ContactView(access_email=account.email)
    return ContactView(
        access_email=account.email, email=choice.email, consented_at=choice.consented_at, pending=choice.pending
    )
