"""The security questions that people choose from (REG-14)."""

from services.identity.domain.security_questions import SecurityQuestions
from shared.contracts.identity.provider_enrolment import (
    ListSecurityQuestions,
    SecurityQuestion,
    SecurityQuestionsView,
)
from shared.envelopes import Received


async def list_security_questions(
    received: Received[ListSecurityQuestions], *, questions: SecurityQuestions
) -> SecurityQuestionsView:
    """The lists in one language."""
    language = received.message.language
    return SecurityQuestionsView(
        lists=tuple(
            tuple(SecurityQuestion(code=code, text=text.in_language(language)) for code, text in one.items())
            for one in questions.lists
        )
    )
