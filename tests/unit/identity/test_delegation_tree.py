"""The questions before a delegation: every path ends, and in the right place."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.problems import catalogue
from services.identity.data.delegation import DIRECTORY, load_delegation_tree, load_role_addresses
from services.identity.domain.delegation_errors import (
    DelegationNotPossibleError,
    TreeAnswerUnknownError,
    TreeUnfinishedError,
)
from services.identity.domain.delegation_tree import Answer, DecisionTree, Outcome, Question, Wording
from services.identity.domain.delegations import Service, service_of

TREE = load_delegation_tree()
TEXT = Wording("Texte", "Text")


@pytest.mark.req("DEL-1", "DEL-2")
def test_every_path_ends_in_one_service_or_a_refusal_and_every_service_can_be_reached() -> None:
    ends = list(TREE.paths())
    assert {Service(end.service) for _, end in ends if end.service} == set(Service)
    for path, end in ends:
        assert TREE.follow(path) == end
        for length in range(len(path)):
            assert isinstance(TREE.follow(path[:length]), Question)


@pytest.mark.req("DEL-1", "D4")
def test_a_commercial_agency_is_refused_and_one_inside_the_practice_is_not() -> None:
    with pytest.raises(DelegationNotPossibleError) as refused:
        service_of(TREE, ["provider", "commercial_agency"])
    assert refused.value.code == "identity.delegation_refused_commercial_agency"
    assert service_of(TREE, ["provider", "in_house_agency", "payments"]) is Service.PAYMENTS


@pytest.mark.req("DEL-1", "BNK-6")
@pytest.mark.parametrize(
    "answers", [["staff"], ["agency"], ["provider", "somebody_else"], ["provider", "staff", "bank"]]
)
def test_other_refusals(answers: list[str]) -> None:
    with pytest.raises(DelegationNotPossibleError):
        service_of(TREE, answers)


def test_every_refusal_is_told_in_both_languages() -> None:
    refusals = {end.outcome for _, end in TREE.paths() if end.service is None}
    assert {f"identity.delegation_refused_{outcome}" for outcome in refusals} <= set(catalogue())


@pytest.mark.req("DEL-1")
@given(answers=st.lists(st.sampled_from(sorted({step for path, _ in TREE.paths() for step in path})), max_size=6))
def test_any_list_of_answers_leads_to_a_question_an_outcome_or_names_the_wrong_answer(answers: list[str]) -> None:
    complete = {path for path, _ in TREE.paths()}
    try:
        end = TREE.follow(answers)
    except TreeAnswerUnknownError as error:
        position = error.params["position"]
        assert isinstance(position, int)
        TREE.follow(answers[: position - 1])
        assert 1 <= position <= len(answers)
    else:
        assert isinstance(end, Outcome) == (tuple(answers) in complete)


def test_answers_that_stop_at_a_question_are_not_enough() -> None:
    with pytest.raises(TreeUnfinishedError):
        service_of(TREE, ["provider", "staff"])


def tree(first: str, *questions: Question, outcomes: tuple[str, ...] = ("end",)) -> DecisionTree:
    return DecisionTree(
        first,
        {each.question: each for each in questions},
        {name: Outcome(name, TEXT, None) for name in outcomes},
    )


def question(name: str, *leads_to: str) -> Question:
    return Question(name, TEXT, tuple(Answer(f"a{n}", TEXT, to) for n, to in enumerate(leads_to)))


@pytest.mark.parametrize(
    ("questions", "outcomes", "message"),
    [
        ((question("q", "q"),), ("end",), "back to itself"),
        ((question("q", "nowhere"),), ("end",), "nothing is called"),
        ((question("q"),), (), "no answers"),
        ((question("q", "end"),), ("end", "lost"), "never reached"),
        ((question("q", "end"), question("end", "end")), ("end",), "back to itself"),
        ((replace(question("q", "end", "end"), answers=(Answer("a", TEXT, "end"),) * 2),), ("end",), "twice"),
    ],
)
def test_a_tree_with_a_mistake_cannot_be_made(
    questions: tuple[Question, ...], outcomes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        tree("q", *questions, outcomes=outcomes)


def test_a_text_in_one_language_only_is_noticed(tmp_path: Path) -> None:
    text = (DIRECTORY / "delegation_tree.toml").read_text(encoding="utf-8")
    (tmp_path / "delegation_tree.toml").write_text(text.replace('en = "Who are you?"\n', ""), encoding="utf-8")
    with pytest.raises(KeyError, match="en"):
        load_delegation_tree(tmp_path)


def test_words_of_roles_are_written_as_they_are_compared() -> None:
    words = load_role_addresses().words
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
