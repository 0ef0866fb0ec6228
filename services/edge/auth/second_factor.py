"""The second factor by authenticator app, as far as the edge goes (LOG-10).

The app's secret and the recovery codes are made here, shown once and sent on sealed: what identity answered would stand
in its message log, and nothing that is kept anywhere may hold them.
"""

import secrets
from typing import Final

import pyotp
from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import REFERENCE_ALPHABET
from services.edge.auth.errors import ChallengeEnded
from services.edge.auth.records import Challenge
from services.edge.ports import Rpc
from services.edge.sealing import Sealing
from services.edge.second_factor_bodies import RecoveryCodesAnswer, SecondFactorAnswer
from shared.contracts import Actor, Done
from shared.contracts.identity.security import (
    ConfirmTotp,
    RemoveTotp,
    StartTotp,
    TotpStarted,
    TotpVerified,
    VerifyTotp,
)
from shared.errors import Conflict, Rejected
from shared.telemetry import current_trace

ISSUER: Final = "Acquit"
RECOVERY_CODES: Final = 10
RECOVERY_CODE_LENGTH: Final = 10


class SecondFactors:
    """Sets up, removes and asks for authenticator apps. Tries are counted together with those of mailed codes."""

    def __init__(self, challenges: Challenges, rpc: Rpc, *, sealing: Sealing) -> None:
        self._challenges = challenges
        self._rpc = rpc
        self._sealing = sealing

    async def start(self, actor: Actor) -> SecondFactorAnswer:
        """A secret for the caller's app; it counts once the app has shown its first code.

        Raises:
            Conflict: an app is in use.
        """
        secret = pyotp.random_base32()
        command = StartTotp(secret=self._sealing.totp(secret, account_id=actor.account_id))
        started = await self._rpc.request(command, TotpStarted, actor=actor, trace=current_trace())
        uri = pyotp.TOTP(secret).provisioning_uri(name=started.user_name, issuer_name=ISSUER)
        return SecondFactorAnswer(secret=secret, otpauth_uri=uri)

    async def confirm(self, actor: Actor, code: SecretStr) -> RecoveryCodesAnswer:
        """The app shows the right code: it is asked at every sign-in from now on; ten codes for the day it is lost.

        Raises:
            Rejected: the code is wrong.
            Conflict: nothing was begun, or an app is in use.
            TriesUsedUp: too many codes were tried lately.
        """
        await self._challenges.count_for(f"account:{actor.account_id}")
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        command = ConfirmTotp(
            code=self._sealing.totp(code.get_secret_value(), account_id=actor.account_id),
            recovery_codes=self._sealing.totp(" ".join(codes), account_id=actor.account_id),
        )
        await self._rpc.request(command, Done, actor=actor, trace=current_trace())
        return RecoveryCodesAnswer(recovery_codes=tuple(f"{code[:5]}-{code[5:]}" for code in codes))

    async def remove(self, actor: Actor, code: SecretStr) -> None:
        """Codes come by e-mail again.

        Raises:
            Forbidden: the caller may not do without.
            Rejected: the code is wrong or was used before.
            Conflict: no app is in use.
            TriesUsedUp: too many codes were tried lately.
        """
        await self._challenges.count_for(f"account:{actor.account_id}")
        sealed = self._sealing.totp(code.get_secret_value(), account_id=actor.account_id)
        await self._rpc.request(RemoveTotp(code=sealed), Done, actor=actor, trace=current_trace())

    async def verify(self, challenge: Challenge, account_id: str, code: SecretStr) -> None:
        """Use up a code of the app, or a recovery code, for a sign-in whose try was counted already.

        Raises:
            CodeWrong: neither, or used before.
            ChallengeEnded: the app was removed meanwhile.
        """
        sealed = self._sealing.totp(code.get_secret_value(), account_id=account_id)
        command = VerifyTotp(account_id=account_id, code=sealed)
        try:
            await self._rpc.request(command, TotpVerified, trace=current_trace())
        except Rejected as error:
            raise self._challenges.wrong(challenge) from error
        except Conflict as error:
            raise ChallengeEnded from error


def _recovery_code() -> str:
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(RECOVERY_CODE_LENGTH))
