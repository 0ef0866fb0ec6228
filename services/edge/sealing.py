"""Secrets on their way to the one service that may read them: passwords, codes, bank details."""

from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from services.edge.auth.codes import Code
from services.edge.bodies import DirectDepositRequest
from shared.clock import Clock
from shared.contracts.identity import SealedCode
from shared.tokens import Binding, PublicKey, seal

_ON_THE_WAY: Final = timedelta(minutes=2)
"""How long a sealed password or account number can be opened: longer than any request waits."""


class Sealing:
    """Seals each secret for its service, bound to what it is for."""

    def __init__(self, *, identity: PublicKey, banking: PublicKey, notification: PublicKey, clock: Clock) -> None:
        self._identity = identity
        self._banking = banking
        self.notification = notification
        self._clock = clock

    def password(self, password: SecretStr, *, subject: str) -> str:
        """For identity; ``subject`` is the user name."""
        return self._seal(password.get_secret_value(), self._identity, Binding("password", subject))

    def for_identity(self, secret: SecretStr, *, use: str, subject: str) -> str:
        """For identity: any other secret, bound to its use and to whose it is."""
        return self._seal(secret.get_secret_value(), self._identity, Binding(use, subject))

    def direct_deposit(self, details: DirectDepositRequest, *, subject: str) -> str:
        """For banking, as JSON of the three boxes; ``subject`` is the dossier, the provider or the enrolment."""
        boxes = details.model_dump_json(include={"transit", "institution", "account"})
        return self._seal(boxes, self._banking, Binding("direct_deposit", subject))

    def return_file(self, content: bytes, *, subject: str) -> str:
        """For banking: a file of returns, which holds account numbers; ``subject`` is the agent's account."""
        return self._seal(content.decode("latin-1"), self._banking, Binding("return_file", subject))

    def totp(self, secret: str, *, account_id: str) -> str:
        """For identity: the secret of an authenticator app, its codes, recovery codes."""
        return self._seal(secret, self._identity, Binding("totp", account_id))

    def client_secret(self, secret: str, *, client_id: str) -> str:
        """For identity."""
        return self._seal(secret, self._identity, Binding("client_secret", client_id))

    def code(self, code: Code, *, challenge_key: str) -> SealedCode:
        """For notification; unreadable once the code has expired."""
        binding = Binding("code", code.delivery_id)
        return SealedCode(
            challenge_id=challenge_key,
            delivery_id=code.delivery_id,
            code=seal(code.text, self.notification, binding=binding, expires_at=code.expires_at),
            reference=code.reference,
            sent_at=code.sent_at,
            expires_at=code.expires_at,
        )

    def _seal(self, secret: str, recipient: PublicKey, binding: Binding) -> str:
        return seal(secret, recipient, binding=binding, expires_at=self._clock() + _ON_THE_WAY)
