"""The decision tree before a delegation and role addresses, read from the files beside this module."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.identity.domain.delegate_emails import RoleAddresses
from services.identity.domain.delegation_tree import Answer, DecisionTree, Outcome, Question, Wording

DIRECTORY = Path(__file__).parent


def load_delegation_tree(directory: Path = DIRECTORY) -> DecisionTree:
    """The questions before a delegation, checked (DEL-1)."""
    document = _read(directory / "delegation_tree.toml")
    questions = {name: _question(name, node) for name, node in document["questions"].items()}
    outcomes = {name: Outcome(name, _wording(node), node.get("service")) for name, node in document["outcomes"].items()}
    return DecisionTree(document["first"], questions, outcomes)


def load_role_addresses(directory: Path = DIRECTORY) -> RoleAddresses:
    """Words by which addresses of a role are known, in both languages (DEL-3)."""
    words = _read(directory / "role_addresses.toml")
    return RoleAddresses(frozenset(word for each in ("fr", "en", "both") for word in words[each]))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _question(name: str, node: Mapping[str, Any]) -> Question:
    answers = (
        Answer(each["answer"], _wording(each), each["next"] if "next" in each else each["outcome"])
        for each in node["answers"]
    )
    return Question(name, _wording(node), tuple(answers))


def _wording(node: Mapping[str, Any]) -> Wording:
    return Wording(node["fr"], node["en"])
