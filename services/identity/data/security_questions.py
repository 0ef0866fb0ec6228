"""The security questions that ship with the service."""

import tomllib
from pathlib import Path
from typing import Final

from services.identity.domain.security_questions import QuestionText, SecurityQuestions

FILE: Final = Path(__file__).with_suffix(".toml")


def load_security_questions(path: Path = FILE) -> SecurityQuestions:
    """All lists, checked."""
    lists = tomllib.loads(path.read_text(encoding="utf-8"))["lists"]
    return SecurityQuestions(tuple({code: QuestionText(*texts) for code, texts in one.items()} for one in lists))
