"""Paths, plans and terms of use that ship with the service, read from the files beside this module.

Each call reads and validates its files anew: a process calls it once at start.
"""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from services.identity.domain.flows import PathDefinition
from services.identity.domain.plans import InvalidRulesError, PlanRules, Rules
from services.identity.domain.terms import Terms, TermsCatalogue, TermsText

DIRECTORY: Final = Path(__file__).parent
_PATH_KEYS: Final = frozenset({"steps", "by_account", "lifetime_hours", "wait_minutes", "terms", "password"})
_LANGUAGES: Final = ("fr", "en")
_PLAN_KEYS: Final = frozenset({"paths", "password", "hint", "wait_minutes", "terms", "features"})


def load_rules(directory: Path = DIRECTORY) -> Rules:
    """Every path and plan.

    Raises:
        InvalidRulesError: a file says something that this service does not know, or the two contradict each other.
    """
    paths = {code: _path(code, entry) for code, entry in _tables(directory / "paths.toml", _PATH_KEYS).items()}
    plans = {code: _plan(code, entry) for code, entry in _tables(directory / "plans.toml", _PLAN_KEYS).items()}
    return Rules(paths, plans)


def load_terms(directory: Path = DIRECTORY) -> TermsCatalogue:
    """The terms of use in force.

    Raises:
        InvalidRulesError: a text lacks a language.
    """
    tables = _tables(directory / "terms.toml", frozenset({"version", *_LANGUAGES}))
    return TermsCatalogue({terms_id: _terms(terms_id, entry) for terms_id, entry in tables.items()})


def _terms(terms_id: str, entry: Mapping[str, Any]) -> Terms:
    missing = set(_LANGUAGES) - set(entry)
    if missing:
        raise InvalidRulesError(f"terms {terms_id!r} lack {sorted(missing)}")
    texts = {name: TermsText(entry[name]["title"], tuple(entry[name]["paragraphs"])) for name in _LANGUAGES}
    return Terms(terms_id, str(entry["version"]), texts)


def _tables(path: Path, known: frozenset[str]) -> Mapping[str, Mapping[str, Any]]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    for code, entry in tables.items():
        strange = set(entry) - known
        if strange:
            raise InvalidRulesError(f"{path.name}: {code} has unknown {sorted(strange)}")
    return tables


def _path(code: str, entry: Mapping[str, Any]) -> PathDefinition:
    return PathDefinition(
        code=code,
        steps=tuple(entry["steps"]),
        by_account=bool(entry.get("by_account", False)),
        lifetime=timedelta(hours=entry.get("lifetime_hours", 24)),
        wait=timedelta(minutes=entry.get("wait_minutes", 0)),
        terms_id=entry.get("terms", "members"),
        password_policy=entry.get("password", "source"),
    )


def _plan(code: str, entry: Mapping[str, Any]) -> PlanRules:
    return PlanRules(
        code=code,
        paths=frozenset(entry["paths"]),
        password_policy=entry.get("password", "source"),
        hint=bool(entry.get("hint", False)),
        wait=timedelta(minutes=entry.get("wait_minutes", 0)),
        terms_id=entry.get("terms", "members"),
        features=tuple(entry["features"]),
    )
