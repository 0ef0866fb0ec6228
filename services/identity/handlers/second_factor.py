"""The second factor by authenticator app: set up, confirmed, used, removed (LOG-10).

Secrets and codes come sealed for identity and bound to the account; nothing that is answered, logged or kept holds one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.errors import AccountUnknownError
from services.identity.domain.safeguard_errors import (
    SecondFactorAbsentError,
    SecondFactorPresentError,
    SecondFactorRequiredError,
)
from services.identity.domain.second_factor import TOTP, Authenticator, RecoveryCodes
from services.identity.handlers.acts import note
from services.identity.ports import AccountRepository, AuthenticatorRepository, SecretKeeper
from shared.clock import Clock
from shared.contracts import Done
from shared.contracts.identity import AccountView
from shared.contracts.identity.security import (
    ConfirmTotp,
    RemoveTotp,
    StartTotp,
    TotpStarted,
    TotpVerified,
    VerifyTotp,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactors:
    """The use cases of authenticator apps; each runs in the transaction of its ``work``."""

    accounts: AccountRepository
    authenticators: AuthenticatorRepository
    box: SecretKeeper
    recovery_codes: RecoveryCodes
    opener: SecretOpener
    notices: Notices
    clock: Clock

    async def start(self, received: Received[StartTotp], work: Work) -> TotpStarted:
        """Keep the secret of an app that its owner sets up; starting again replaces what was not confirmed.

        Raises:
            SecondFactorPresentError: an app is in use.
            UnreadableSecret: the secret was not sealed for this account.
        """
        account = await self._account(received.require_actor().account_id, work)
        if account.second_factor == TOTP:
            raise SecondFactorPresentError
        secret = self._opened(received.message.secret, account.account_id)
        encrypted = self.box.encrypted(secret, owner=account.account_id)
        authenticator = Authenticator(account_id=account.account_id, secret=encrypted, started_at=self.clock())
        await self.authenticators.add(authenticator, session=work.session)
        return TotpStarted(user_name=account.user_name)

    async def confirm(self, received: Received[ConfirmTotp], work: Work) -> Done:
        """The app shows what it should: from now on it is asked at every sign-in.

        Raises:
            SecondFactorAbsentError: none was set up.
            SecondFactorPresentError, SecondFactorWrongError: as ``Authenticator.confirmed``.
        """
        account = await self._account(received.require_actor().account_id, work)
        authenticator = await self._authenticator(account.account_id, work)
        codes = self._opened(received.message.recovery_codes, account.account_id).split()
        confirmed = authenticator.confirmed(
            self._opened(received.message.code, account.account_id),
            self.box.decrypted(authenticator.secret, owner=account.account_id),
            recovery_codes=self._digests(account.account_id, codes),
            now=self.clock(),
        )
        await self.authenticators.save(confirmed, session=work.session)
        await self._changed(received, work, replace(account, second_factor=TOTP))
        return Done()

    async def remove(self, received: Received[RemoveTotp], work: Work) -> Done:
        """Codes come by e-mail again.

        Raises:
            SecondFactorRequiredError: the account is an agent's.
            SecondFactorAbsentError, SecondFactorWrongError: as ``Authenticator.used``.
        """
        account = await self._account(received.require_actor().account_id, work)
        if AGENT in account.roles:
            raise SecondFactorRequiredError
        authenticator = await self._authenticator(account.account_id, work)
        self._used(authenticator, received.message.code)
        await self.authenticators.remove(account.account_id, session=work.session)
        await self._changed(received, work, replace(account, second_factor=EMAIL))
        return Done()

    async def verify(self, received: Received[VerifyTotp], work: Work) -> TotpVerified:
        """The second step of a sign-in; of all who bring the same code, one passes.

        Raises:
            SecondFactorAbsentError, SecondFactorWrongError: as ``Authenticator.used``.
        """
        account_id = received.message.account_id
        authenticator = await self._authenticator(account_id, work)
        used = self._used(authenticator, received.message.code)
        await self.authenticators.save(used, session=work.session)
        left = len(used.recovery_codes)
        by_code = left < len(authenticator.recovery_codes)
        if by_code:
            details = {"second_factor": "recovery_code", "left": str(left)}
            note(
                work,
                received,
                "user_updated",
                about=account_id,
                account_id=account_id,
                details=details,
                clock=self.clock,
            )
        return TotpVerified(account_id=account_id, by="recovery_code" if by_code else "app", recovery_codes_left=left)

    def _used(self, authenticator: Authenticator, sealed: str) -> Authenticator:
        account_id = authenticator.account_id
        code = self._opened(sealed, account_id)
        secret = self.box.decrypted(authenticator.secret, owner=account_id)
        return authenticator.used(code, secret, digest=self.recovery_codes.digest(account_id, code), now=self.clock())

    def _opened(self, sealed: str, account_id: str) -> str:
        return self.opener.open(sealed, binding=Binding(TOTP, account_id), now=self.clock())

    def _digests(self, account_id: str, codes: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.recovery_codes.digest(account_id, code) for code in codes)

    async def _account(self, account_id: str, work: Work) -> Account:
        account = await self.accounts.get(account_id, session=work.session)
        if account is None or not account.usable(self.clock()):
            raise AccountUnknownError
        return account

    async def _authenticator(self, account_id: str, work: Work) -> Authenticator:
        authenticator = await self.authenticators.get(account_id, session=work.session)
        if authenticator is None:
            raise SecondFactorAbsentError
        return authenticator

    async def _changed(
        self, received: Received[ConfirmTotp] | Received[RemoveTotp], work: Work, account: Account
    ) -> None:
        """Save the account, tell its owner, and note it for the audit."""
        await self.accounts.save(account, session=work.session)
        values = {"second_factor": account.second_factor}
        self.notices.to_account(work, "second_factor_changed", account.account_id, values=values)
        note(work, received, "user_updated", about=account.account_id, details=values, clock=self.clock)


async def required_second_factor(account: Account, view: AccountView, _session: Session | None) -> AccountView:
    """An agent without an authenticator app can do nothing but set one up."""
    if AGENT not in account.roles or account.second_factor == TOTP:
        return view
    return view.model_copy(update={"restrictions": (*view.restrictions, "second_factor")})
