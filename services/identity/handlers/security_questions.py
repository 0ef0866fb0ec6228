"""The security questions that people choose from (REG-14), and those of administrators (DEL-9)."""

from collections.abc import Mapping, Sequence

from services.identity.domain.administrator_questions import ADMINISTRATOR_QUESTIONS
from services.identity.domain.security_questions import QuestionText, SecurityQuestions
from shared.contracts.identity.provider_enrolment import (
    ListSecurityQuestions,
    SecurityQuestion,
    SecurityQuestionsView,
)
from shared.contracts.identity.safeguards import ListAdministratorQuestions
from shared.envelopes import Received


async def list_security_questions(
    received: Received[ListSecurityQuestions], *, questions: SecurityQuestions
) -> SecurityQuestionsView:
    """The lists in one language."""
    return _shown(questions.lists, received.message.language)


async def list_administrator_questions(received: Received[ListAdministratorQuestions]) -> SecurityQuestionsView:
    """The lists for administrator security, in the caller's language."""
    return _shown(ADMINISTRATOR_QUESTIONS, received.require_actor().language)


def _shown(lists: Sequence[Mapping[str, QuestionText]], language: str) -> SecurityQuestionsView:
    return SecurityQuestionsView(
        lists=tuple(
            tuple(SecurityQuestion(code=code, text=text.in_language(language)) for code, text in one.items())
            for one in lists
        )
    )
