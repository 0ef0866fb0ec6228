"""What follows when an account looks shared (LOG-8): an extra code and a question to its owner; then its end."""

import hmac
import secrets
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from pydantic import SecretStr

from services.edge.auth.challenges import Challenges
from services.edge.auth.codes import REFERENCE_ALPHABET, Code
from services.edge.auth.errors import ChallengeEnded, NothingSuspected
from services.edge.auth.notices import Notices
from services.edge.auth.records import Challenge, SessionRecord
from services.edge.auth.sharing import ACTS, Answer, SharingFigures, Signal, Suspicion, Verdict, judge
from services.edge.ports import DeviceRepository, SessionRepository, SuspicionRepository, UnitOfWork
from services.edge.sealing import Sealing
from shared.clock import Clock, IdMaker
from shared.contracts.identity.cases import DisableAccount, DisableReason
from shared.contracts.notification import SendCode
from shared.outbox import Work

WAS_IT_YOU: Final = "was_it_you"
PURPOSE: Final = "suspicion"
_KEY_SIGNS: Final = 16


class Suspicions:
    """Incidents of accounts, from the first sign to what the owner says."""

    def __init__(
        self,
        suspicions: SuspicionRepository,
        devices: DeviceRepository,
        sessions: SessionRepository,
        challenges: Challenges,
        unit_of_work: UnitOfWork,
        *,
        sealing: Sealing,
        notices: Notices,
        figures: SharingFigures,
        pepper: bytes,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._suspicions = suspicions
        self._devices = devices
        self._sessions = sessions
        self._challenges = challenges
        self._unit_of_work = unit_of_work
        self._sealing = sealing
        self._notices = notices
        self._figures = figures
        self._pepper = pepper
        self._clock = clock
        self._ids = ids

    async def consider(self, work: Work, record: SessionRecord, found: tuple[Signal, ...]) -> SessionRecord:
        """The session's record after a look at its account; the caller keeps it."""
        now, device_id = self._clock(), record.device_id or ""
        since = now - max(self._figures.again, self._figures.incident)
        earlier = await self._suspicions.latest(record.account_id, since=since, session=work.session)
        verdict = judge(found, earlier, device_id=device_id, now=now, figures=self._figures)
        for act in dict.fromkeys(ACTS[signal] for signal in found):
            details = {"signals": ",".join(found), "session_id": record.session_id, "verdict": verdict.value}
            self._notices.note(work, act, record.account_id, result="failure", details=details)
        if verdict is Verdict.FINE:
            return record
        if verdict is Verdict.SAME_INCIDENT and earlier is not None:
            devices = tuple(dict.fromkeys((*earlier.devices, device_id)))
            await self._suspicions.save(replace(earlier, devices=devices), session=work.session)
        else:
            await self._begin(work, record, found, verdict)
        if verdict is Verdict.AGAIN:
            return replace(record, extra_code=self._ids())  # until the account is disabled, in a moment
        return await self._ask_for_code(work, record)

    async def incident(self, account_id: str) -> Suspicion | None:
        """The incident that goes on."""
        return await self._suspicions.latest(account_id, since=self._clock() - self._figures.incident)

    async def enter(self, record: SessionRecord, code: SecretStr) -> None:
        """The extra code: the session works again.

        Raises:
            ChallengeEnded, CodeWrong, TriesUsedUp.
        """
        name = _required(record)
        challenge = await self._challenges.check(_token(record), PURPOSE, code=code.get_secret_value())

        async def clear(work: Work) -> None:
            await self._challenges.use(challenge, session=work.session)
            await self._sessions.set_extra_code(record.session_id, None, session=work.session)
            incident = await self.incident(record.account_id)
            if incident is not None:
                cleared = tuple(dict.fromkeys((*incident.cleared, record.device_id or "")))
                await self._suspicions.save(replace(incident, cleared=cleared), session=work.session)

        await self._unit_of_work.run(f"extra-code:{name}", clear)

    async def resend(self, record: SessionRecord) -> Code:
        """Another extra code.

        Raises:
            ChallengeEnded, ResendTooEarly, ResendsUsedUp.
        """
        _required(record)
        token = _token(record)
        challenge, code = await self._challenges.allow_resend(token, PURPOSE)

        async def send(work: Work) -> None:
            await self._challenges.store_code(token, code, session=work.session)
            self._send(work, challenge, code)

        await self._unit_of_work.run(f"resend:{code.delivery_id}", send)
        return code

    async def answer(self, account_id: str, answer: Answer) -> None:
        """What the owner says of the latest incident, signed in.

        Raises:
            NothingSuspected: there is none to answer for.
        """
        found = await self._suspicions.latest(account_id, since=self._clock() - self._figures.again)
        await self._answer(found, answer)

    async def answer_by_mail(self, key: SecretStr, answer: Answer) -> None:
        """The same with the key from the mail.

        Raises:
            NothingSuspected: no such key, too old, or answered already.
        """
        found = await self._suspicions.get_by_key(self._digest(key.get_secret_value()))
        if found is not None and self._clock() - found.at > self._figures.again:
            found = None
        await self._answer(found, answer)

    async def _answer(self, found: Suspicion | None, answer: Answer) -> None:
        if found is None or found.answer is not None:
            raise NothingSuspected
        suspicion, now = found, self._clock()

        async def record(work: Work) -> None:
            answered = replace(suspicion, answer=answer, answered_at=now)
            await self._suspicions.save(answered, session=work.session)
            if answer == "no":
                self._disable(work, answered, "owner_said_no")
            else:
                await self._vouch(work, answered, now)

        await self._unit_of_work.run(f"was-it-you:{suspicion.suspicion_id}", record)

    async def _vouch(self, work: Work, suspicion: Suspicion, now: datetime) -> None:
        for device_id in suspicion.devices:
            device = await self._devices.get(suspicion.account_id, device_id, session=work.session)
            if device is not None:
                await self._devices.save(replace(device, vouched_at=now), session=work.session)

    async def _begin(self, work: Work, record: SessionRecord, found: tuple[Signal, ...], verdict: Verdict) -> None:
        key = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(_KEY_SIGNS))
        devices = await self._devices.list_by_account(record.account_id, session=work.session)
        window = self._clock() - self._figures.devices_window
        suspicion = Suspicion(
            suspicion_id=self._ids(),
            account_id=record.account_id,
            at=self._clock(),
            signals=found,
            devices=tuple(each.device_id for each in devices if each.last_seen >= window),
            key_digest=self._digest(key),
        )
        await self._suspicions.save(suspicion, session=work.session)
        if verdict is Verdict.AGAIN:
            self._disable(work, suspicion, "shared_again")
            return
        values = {"browser": record.browser, "network": record.network}
        grouped = "-".join(key[start : start + 4] for start in range(0, _KEY_SIGNS, 4))
        self._notices.mail(work, WAS_IT_YOU, record.account_id, values=values, secret=grouped)

    def _disable(self, work: Work, suspicion: Suspicion, reason: DisableReason) -> None:
        work.send(
            DisableAccount(
                account_id=suspicion.account_id,
                case_id=suspicion.suspicion_id,
                reason=reason,
                signals=tuple(signal.value for signal in suspicion.signals),
                occurred_at=self._clock(),
            )
        )

    async def _ask_for_code(self, work: Work, record: SessionRecord) -> SessionRecord:
        if record.extra_code is not None:
            return record
        asked = replace(record, extra_code=self._ids())
        begun = self._challenges.begin(
            PURPOSE, subject=f"account:{record.account_id}", account_id=record.account_id, token=_token(asked)
        )
        await self._challenges.store(begun, session=work.session)
        self._send(work, begun.challenge, begun.code)
        return asked

    def _send(self, work: Work, challenge: Challenge, code: Code) -> None:
        sealed = self._sealing.code(code, challenge_key=challenge.key)
        command = SendCode(purpose=PURPOSE, code=sealed, account_id=challenge.account_id)
        work.send(command, expires_at=code.expires_at)

    def _digest(self, key: str) -> str:
        signs = "".join(sign for sign in key.upper() if sign in REFERENCE_ALPHABET)
        return hmac.new(self._pepper, f"was-it-you|{signs}".encode(), sha256).hexdigest()


def _required(record: SessionRecord) -> str:
    if record.extra_code is None:
        raise ChallengeEnded
    return record.extra_code


def _token(record: SessionRecord) -> str:
    """The name of the challenge: bound to the session, worthless without its access token."""
    return f"{record.session_id}|{record.extra_code}"
