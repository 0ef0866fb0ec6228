"""Administrator security: a second person's credential that guards a provider's bank details (DEL-9)."""

from dataclasses import dataclass, field
from datetime import datetime

from services.identity.domain.attempts import Attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorCredential:
    """All of it is asked for at once: address, password, three answers, then a code to the address.

    Attributes:
        password: Encoded hash.
        answers: Question and hash of the normalised answer.
        version: Raised by every change; a change names the version that it replaces.
        changed_by: The account that added or changed it.
    """

    provider_id: str
    email: str
    language: str
    password: str = field(repr=False)
    answers: tuple[tuple[str, str], ...] = field(repr=False)
    version: int
    changed_by: str
    changed_at: datetime
    misses: int = 0
    blocked_until: datetime | None = None

    @property
    def attempts(self) -> Attempts:
        """How often the credential was tried."""
        return Attempts(self.misses, self.blocked_until)

    @property
    def questions(self) -> tuple[str, ...]:
        """What is asked, in order."""
        return tuple(question for question, _ in self.answers)
