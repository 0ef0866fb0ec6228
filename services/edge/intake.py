"""Taking claims: validated, named, and safely with the broker before the answer (CLM-7).

Claim id and number derive from account and Idempotency-Key alone, so that every repetition, on any edge process, is
the same claim. Nothing here needs a database.
"""

import re
from base64 import b32encode
from hashlib import sha256
from typing import Any, Final

from uuid_utils import UUID, uuid5

from services.edge.idempotency import FirstBodies
from services.edge.ports import ConfirmedPublisher
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.claims import ClaimAccepted, ClaimSubmission, SubmitClaim
from shared.contracts.claims.provider_claims import ProviderClaimSubmission, SubmitProviderClaim
from shared.envelopes import request_envelope
from shared.errors import Rejected
from shared.telemetry import current_trace

NAMESPACE: Final = UUID("6f3b0c52-8f0e-5d43-9d5c-0a4f6b1f7c11")
"""Under which names of claims and payment runs are made (RFC 9562, version 5). It must never change."""

IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_TO_CROCKFORD: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
"""From the alphabet of RFC 4648 to one without letters that look like others."""


class IdempotencyKeyMissing(Rejected):
    """The header is missing or is not 1 to 255 visible ASCII characters."""

    def __init__(self) -> None:
        super().__init__("request.idempotency_key")


class NotAuthorised(Rejected):
    """The "confirm and authorise" box was not ticked (CLM-4)."""

    def __init__(self) -> None:
        super().__init__("claims.authorisation_required")


def idempotency_key(header: str | None) -> str:
    """The key in a header value.

    Raises:
        IdempotencyKeyMissing.
    """
    if header is None or IDEMPOTENCY_KEY.fullmatch(header) is None:
        raise IdempotencyKeyMissing
    return header


def derived_id(account_id: str, key: str) -> str:
    """The same id for the same account and key, for ever."""
    return str(uuid5(NAMESPACE, f"{account_id}|{key}"))


def claim_number(account_id: str, key: str) -> str:
    """Sixty bits that people can read to each other on the phone, in groups of four."""
    digest = sha256(f"{account_id}|{key}".encode()).digest()
    symbols = b32encode(digest[:8]).translate(_TO_CROCKFORD).decode()
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:12]}"


class ClaimIntake:
    """Publishes claims; the answer means that they are on disk at the broker."""

    def __init__(
        self, publisher: ConfirmedPublisher, first_bodies: FirstBodies, *, timeout_seconds: float, clock: Clock
    ) -> None:
        self._publisher = publisher
        self._first_bodies = first_bodies
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """Claims on their way to the broker."""
        return self._under_way

    async def submit(self, submission: ClaimSubmission, *, key: str, actor: Actor) -> ClaimAccepted:
        """Accept a claim.

        Raises:
            NotAuthorised: the member did not authorise it.
            IdempotencyMismatch: the key was used for another body.
            Transient: the broker does not have it for certain; the same request may be sent again.
        """
        if not submission.authorisation.accepted:
            raise NotAuthorised
        claim = await self._named(submission, owner=actor.account_id, key=key)
        command = SubmitClaim(**claim, submission=submission)
        await self._publish(command, actor)
        return ClaimAccepted(claim_number=command.claim_number, received_at=command.received_at)

    async def submit_for_provider(
        self, submission: ProviderClaimSubmission, *, key: str, actor: Actor
    ) -> ClaimAccepted:
        """Accept a provider's claim; whoever acts for the provider, the same key is the same claim (CLM-6).

        Raises:
            As ``submit``.
        """
        if not submission.authorisation.accepted:
            raise NotAuthorised
        claim = await self._named(submission, owner=f"provider|{actor.provider_id}", key=key)
        command = SubmitProviderClaim(**claim, submission=submission)
        await self._publish(command, actor)
        return ClaimAccepted(claim_number=command.claim_number, received_at=command.received_at)

    async def _named(
        self, submission: ClaimSubmission | ProviderClaimSubmission, *, owner: str, key: str
    ) -> dict[str, Any]:
        """What every command about a claim begins with; the claim is its owner's, under this key."""
        claim_id = derived_id(owner, key)
        body_sha256 = sha256(submission.model_dump_json().encode()).hexdigest()
        await self._first_bodies.check(claim_id, body_sha256)
        return {
            "claim_id": claim_id,
            "claim_number": claim_number(owner, key),
            "body_sha256": body_sha256,
            "received_at": self._clock(),
        }

    async def _publish(self, command: SubmitClaim | SubmitProviderClaim, actor: Actor) -> None:
        """A repetition has the same message id, another body under the same key has not: claims must see it to refuse
        it.
        """
        message_id = f"{command.claim_id}:{command.body_sha256[:16]}"
        outgoing = request_envelope(command, message_id=message_id, actor=actor, trace=current_trace())
        self._under_way += 1
        try:
            await self._publisher.publish(outgoing, timeout_seconds=self._timeout_seconds)
        finally:
            self._under_way -= 1
