"""Comparing what only one person should know: counted before compared, all together, always the same work (F5, F6)."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import orjson

from services.identity.domain.answers import normalised_answer
from services.identity.domain.attempts import Attempts
from services.identity.domain.errors import AnswerInvalidError
from services.identity.domain.safeguard_errors import NoAnswersError, RecoveryBlockedError
from services.identity.ports import PasswordHasher
from shared.mongo import Session

Answers = tuple[tuple[str, str], ...]
"""Question and hash of the normalised answer."""


class Guarded(Protocol):
    """Something that may be guessed at a few times only."""

    @property
    def attempts(self) -> Attempts: ...


class GuardedRepository(Protocol):
    """Where the attempts are kept."""

    async def get(self, key: str, /, *, session: Session | None = None) -> Guarded | None: ...

    async def set_attempts(
        self, key: str, /, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool: ...


async def count_attempt(key: str, repository: GuardedRepository, *, now: datetime) -> Attempts:
    """Count an attempt, outside any transaction so that it stays counted; of many at once each is counted.

    Raises:
        NoAnswersError: nothing is there to be guessed at.
        RecoveryBlockedError: no attempt is left.
    """
    while True:
        guarded = await repository.get(key)
        if guarded is None:
            raise NoAnswersError
        refuse_when_blocked(guarded.attempts, now)
        counted = guarded.attempts.counted(now)
        if counted is not None and await repository.set_attempts(key, known=guarded.attempts, attempts=counted):
            return counted


def refuse_when_blocked(attempts: Attempts, now: datetime) -> None:
    """Nothing, or the refusal with the time to wait.

    Raises:
        RecoveryBlockedError.
    """
    if attempts.blocked_until is not None and now < attempts.blocked_until:
        raise RecoveryBlockedError(math.ceil((attempts.blocked_until - now).total_seconds()))


def answers_in(secret: str) -> Mapping[str, str]:
    """Normalised answers by question, out of a JSON object.

    Raises:
        AnswerInvalidError: not an object of texts, or an answer with next to nothing in it.
    """
    try:
        given = orjson.loads(secret)
    except orjson.JSONDecodeError as error:
        raise AnswerInvalidError from error
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise AnswerInvalidError
    return {question: normalised_answer(text) for question, text in given.items()}


async def all_right(answers: Answers, given: Mapping[str, str], *, hashing: PasswordHasher) -> bool:
    """Whether every answer is right. All are compared: time does not tell which one is wrong (F6)."""
    verdicts = [await hashing.verify(given.get(question, ""), encoded) for question, encoded in answers]
    return all(verdicts)


async def hashed_answers(given: Mapping[str, str], *, hashing: PasswordHasher) -> Answers:
    """What is kept of normalised answers; the same text twice is refused.

    Raises:
        AnswerInvalidError: two answers are the same.
        HashingBusyError: too many wait to be hashed.
    """
    if len(set(given.values())) < len(given):
        raise AnswerInvalidError
    return tuple([(question, await hashing.hash(text)) for question, text in given.items()])
