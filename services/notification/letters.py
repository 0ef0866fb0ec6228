"""Letters from templates: ``templates/<name>.<language>.txt`` (with its subject) and ``.html``, money and time as each
language writes them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notification.domain import Delivery, Language, Letter, Mail, Template
from services.notification.mime import Sender, Text, mail_of
from shared.clock import BUSINESS_ZONE, Clock, business_day

TEMPLATES: Final = Path(__file__).parent / "templates"
NO_BREAK_SPACE: Final = "\u00a0"
_LOCALES: Final = {
    Language.FRENCH: Locale("fr", "CA"),
    Language.ENGLISH: Locale("en", "CA"),
}
_BEFORE_SIGN: Final = re.compile(r"(?<=\S) (?=[:;?!»](?!=))")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def french_spaces(source: str) -> str:
    """No-break spaces where French wants them: before ``: ; ? !`` and inside « »."""
    return _BEFORE_SIGN.sub(NO_BREAK_SPACE, source).replace("« ", f"«{NO_BREAK_SPACE}")


class _Loader(FileSystemLoader):
    """Templates are typed with plain spaces; the French ones get their no-break spaces here."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_fresh = super().get_source(environment, template)
        return (french_spaces(source) if ".fr." in template else source), path, is_fresh


class Letters:
    """Writes letters. Unknown names in a template are errors; HTML is escaped."""

    def __init__(self, directory: Path = TEMPLATES) -> None:
        self._environments = {language: _environment(directory, language) for language in Language}

    def write(self, template: Template, letter: Letter) -> Text:
        """The letter in its person's language."""
        environment = self._environments[letter.language]
        values = {
            **letter.values,
            "language": letter.language.value,
            "reference": letter.reference,
            "happened_at": letter.happened_at,
        }
        plain = environment.get_template(f"{template}.{letter.language}.txt")
        html = environment.get_template(f"{template}.{letter.language}.html")
        subject = "".join(plain.blocks["subject"](plain.new_context(values)))
        body = _BLANK_LINES.sub("\n\n", plain.render(values)).strip()
        return Text(subject.strip(), f"{body}\n", html.render({**values, "subject": subject.strip()}))


class MailWriter:
    """Writes letters as mails of one sender: the port ``Write``."""

    def __init__(self, sender: Sender, *, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._letters = Letters()

    def __call__(self, delivery: Delivery, letter: Letter) -> Mail:
        return mail_of(
            self._letters.write(delivery.template, letter),
            sender=self._sender,
            recipient=letter.recipient,
            language=letter.language,
            delivery_id=delivery.delivery_id,
            reference=letter.reference,
            written_at=self._clock(),
        )


def _environment(directory: Path, language: Language) -> Environment:
    environment = Environment(
        loader=_Loader(directory),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(_LOCALES[language]))
    return environment


def _filters(locale: Locale) -> Mapping[str, Callable[..., str]]:
    def money(cents: int) -> str:
        return format_currency(Decimal(cents) / 100, "CAD", locale=locale)

    def day(when: date | datetime) -> str:
        local = business_day(when) if isinstance(when, datetime) else when
        return _unbroken(format_date(local, "long", locale=locale))

    def time(when: datetime) -> str:
        return _unbroken(format_time(when, "short", tzinfo=BUSINESS_ZONE, locale=locale))

    return {"money": money, "day": day, "time": time}


def _unbroken(text: str) -> str:
    """With one kind of no-break space: old mail programs show the narrow one as a box."""
    return text.replace(" ", NO_BREAK_SPACE).replace("\u202f", NO_BREAK_SPACE)
