"""Institutions, history and closing at the edge; what stands in which box; BNK-6 over the whole table."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from pydantic import BaseModel

from services.edge.auth.access import Who
from services.edge.routes import TABLE
from services.edge.routes.table import NoBody, Relay, Row, Special
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.banking import EnrolDirectDeposit
from shared.contracts.banking_details import (
    BranchView,
    CloseDirectDeposit,
    DirectDepositClosed,
    GetBranch,
    GetDirectDepositHistory,
    InstitutionsView,
    InstitutionView,
    ListInstitutions,
)
from shared.contracts.identity import ONLINE_SERVICES
from shared.errors import Forbidden, NotFound, Rejected
from tests.support.edge_api import Edge

DETAILS: Final = {"transit": "01234", "institution": "815", "account": "000987654321"}
OF_NOBODY: Final = {"GET /institutions", "GET /institutions/{institution}/branches/{transit}"}
"""A public list, which says nothing of any payee."""

BEFORE_THERE_IS_AN_ACCOUNT: Final = {
    "PUT /enrolments/{enrolment_id}/steps/provider_direct_deposit",
    "PUT /enrolment/steps/bank_transfer",
    "POST /step-ups",
}
"""Whoever enrols gives the own details; what is announced to ``POST /step-ups`` is checked by ``step_ups.RULES``."""

BANK_FIELDS: Final = frozenset(
    {
        "transit",
        "institution",
        "institution_name",
        "account_ending",
        "routing",
        "held_until",
        "direct_deposit",
        "hints",
    }
)


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize(
    ("box", "typed", "language", "words"),
    [
        ("transit", "1234", "fr", "Le numéro de transit a cinq chiffres."),
        ("transit", "123456", "en", "The transit number has five digits."),
        ("institution", "81", "fr", "Le numéro d’institution a trois chiffres."),
        ("institution", "8I5", "en", "The institution number has three digits."),
        ("account", "1234567890123", "fr", "Le numéro de compte a de 1 à 12 chiffres, zéros de gauche compris."),
        ("account", "12 34", "en", "The account number has 1 to 12 digits, leading zeros included."),
        ("account", "12\n", "en", "The account number has 1 to 12 digits, leading zeros included."),
    ],
)
async def test_each_box_says_what_belongs_there(edge: Edge, box: str, typed: str, language: str, words: str) -> None:
    headers = edge.bearer() | {"accept-language": language}
    answer = await edge.client.put("/direct-deposit", json=DETAILS | {box: typed}, headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["detail"]) == (422, f"#/{box}", words)
    assert edge.rpc.asked == []


@pytest.mark.req("BNK-1")
async def test_all_boxes_are_told_at_once(edge: Edge) -> None:
    wrong = {"transit": "1", "institution": "2", "account": "x"}
    answer = await edge.client.put("/direct-deposit", json=wrong, headers=edge.bearer())
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/transit", "#/institution", "#/account"]


@pytest.mark.req("BNK-1")
async def test_what_banking_refuses_points_at_its_box(edge: Edge) -> None:
    edge.rpc.replies[EnrolDirectDeposit] = Rejected("banking.institution_unknown", field="institution")
    headers = edge.bearer() | {"accept-language": "fr"}
    answer = await edge.client.put("/direct-deposit", json=DETAILS, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "banking.institution_unknown")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/institution", "banking.institution_unknown")
    assert error["detail"].startswith("Aucune institution financière ne porte ce numéro.")


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_institutions_are_listed_for_everybody_in_the_callers_language(edge: Edge, language: str) -> None:
    view = InstitutionsView(institutions=(InstitutionView(number="815", name="Desjardins"),))
    edge.rpc.replies[ListInstitutions] = view
    answer = await edge.client.get("/institutions", headers={"accept-language": language})
    assert answer.content == view.model_dump_json().encode()
    assert answer.headers["cache-control"].startswith("public")
    assert [asked.language for asked in edge.rpc.of(ListInstitutions)] == [language]


@pytest.mark.req("BNK-1")
async def test_a_branch_is_looked_up_by_two_numbers(edge: Edge) -> None:
    view = BranchView(
        institution="815",
        branch_number="30123",
        institution_name="Desjardins",
        domicile="Vieux-Québec",
        address="",
        city="Québec",
        province="QC",
        postal_code="",
    )
    edge.rpc.replies[GetBranch] = view
    answer = await edge.client.get("/institutions/815/branches/30123")
    assert (answer.status_code, answer.json()["city"]) == (200, "Québec")
    assert [asked.routing for asked in edge.rpc.of(GetBranch)] == ["081530123"]
    edge.rpc.replies[GetBranch] = NotFound("banking.branch_not_found", institution="815", transit="30124")
    answer = await edge.client.get("/institutions/815/branches/30124", headers={"accept-language": "en"})
    assert (answer.status_code, "the transit 30124 at the institution 815" in answer.json()["detail"]) == (404, True)
    assert (await edge.client.get("/institutions/81/branches/30124")).status_code == 422


@pytest.mark.req("BNK-3")
@pytest.mark.parametrize(
    ("path", "payee"), [("/direct-deposit/history", "dossier"), ("/provider/direct-deposit/history", "provider")]
)
async def test_a_history_is_asked_for_the_payee_of_the_route(edge: Edge, path: str, payee: str) -> None:
    edge.rpc.replies[GetDirectDepositHistory] = NotFound("sweep.let_in")
    actor = Actor(
        account_id=new_id(),
        session_id=new_id(),
        roles=("member", "provider"),
        dossier_id="d",
        provider_id="p",
        features=("direct_deposit",),
    )
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    await edge.client.get(path, headers={"authorization": f"Bearer {token}"})
    assert [asked.payee for asked in edge.rpc.of(GetDirectDepositHistory)] == [payee]


@pytest.mark.req("BNK-2")
async def test_an_agent_closes_with_a_reason(edge: Edge) -> None:
    edge.rpc.replies[CloseDirectDeposit] = DirectDepositClosed(payee_id="p", closed_at=edge.clock())
    path, headers = "/administration/direct-deposits/p/closing", edge.bearer(roles=("agent",))
    assert (await edge.client.post(path, json={"reason": "because"}, headers=headers)).status_code == 422
    assert (await edge.client.post(path, json={"reason": "fraud_suspected"}, headers=headers)).status_code == 200
    assert [(asked.payee_id, asked.reason) for asked in edge.rpc.of(CloseDirectDeposit)] == [("p", "fraud_suspected")]


def delegates() -> Iterator[Actor]:
    """Delegates and employees: whatever they were granted, they act for somebody else."""
    for roles in (("delegate",), ("provider", "delegate")):
        for services in (ONLINE_SERVICES, ()):
            yield Actor(
                account_id="a",
                session_id="s",
                roles=roles,
                provider_id="p",
                on_behalf_of="p",
                services=services,
                features=tuple({row.feature for row in TABLE if row.feature}),
            )


def reached_by(row: Row, actor: Actor) -> bool:
    try:
        row.rule.check(actor)
    except Forbidden:
        return False
    return True


def models_of(row: Row) -> Iterator[type[BaseModel]]:
    """What goes in and comes out."""
    if row.answer is not None:
        yield row.answer
    if isinstance(row, Relay):
        yield row.message
        if row.body is not None:
            yield row.body
    if isinstance(row, Special) and row.body is not NoBody:
        yield row.body


def names_in(node: Any) -> Iterator[str]:
    """Every property of a schema, of its parts as well."""
    match node:
        case dict():
            yield from node.get("properties", {})
            for child in node.values():
                yield from names_in(child)
        case list():
            for child in node:
                yield from names_in(child)


@pytest.mark.req("BNK-6", "B6")
def test_b6_no_route_that_delegates_reach_has_a_field_of_the_bank() -> None:
    reached = [row for row in TABLE if any(reached_by(row, actor) for actor in delegates())]
    assert len(reached) > len(TABLE) // 3
    found = {
        (row.name, name)
        for row in reached
        if row.name not in OF_NOBODY | BEFORE_THERE_IS_AN_ACCOUNT
        for model in models_of(row)
        for name in BANK_FIELDS & set(names_in(model.model_json_schema()))
    }
    assert found == set()


@pytest.mark.req("BNK-6", "B6")
def test_b6_what_asks_banking_about_a_payee_is_for_the_payee_in_person_or_for_agents() -> None:
    rows: list[Row] = [row for row in TABLE if isinstance(row, Relay) and row.message.wire_type.startswith("banking.")]
    rows += [row for row in TABLE if "direct-deposit" in row.path]
    assert len(rows) >= 8
    assert {row.who for row in rows} == {Who.MEMBER, Who.PROVIDER_ALONE, Who.AGENT}
