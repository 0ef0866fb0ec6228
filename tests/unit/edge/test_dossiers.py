"""LOG-6, COV-3, R7: one dossier per session, chosen without signing in again; features of its plan."""

import pytest

from services.edge.auth.access import Who
from services.edge.routes import TABLE
from services.edge.routes.table import Relay, Row
from shared.contracts import Message
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.contracts.claims.coverage import DeclareOtherCoverage
from shared.contracts.claims.providers import AddProvider
from shared.contracts.identity import DossierView, GetAccount
from shared.contracts.identity.own_account import AddDossier, DossierAdded
from shared.contracts.payments_statements import ChooseStatementDelivery
from shared.errors import NotFound, Rejected
from tests.support.edge_api import FEATURES, Edge, account_view, problem_code

FILLED = {"claim_number": "7K2M-9QXA-4T1B", "batch_number": "10000042", "din": "99000011"}


def url(row: Row) -> str:
    return row.path.format(**{name: FILLED.get(name, "something") for name in row.path_parameters})


def headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.req("LOG-6")
async def test_another_dossier_is_chosen_without_signing_in_again(edge: Edge) -> None:
    account = account_view(dossiers=2)
    first, second = (dossier.dossier_id for dossier in account.dossiers)
    edge.knows(account)
    tokens = await edge.sign_in()
    assert tokens["dossier_id"] == first

    answer = await edge.client.put(
        "/session/dossier", json={"dossier_id": second}, headers=headers(tokens["access_token"])
    )

    assert (answer.status_code, answer.json()["dossier_id"]) == (200, second)
    assert edge.backend.access.verify(answer.json()["access_token"]).actor.dossier_id == second
    assert edge.backend.access.verify(tokens["access_token"]).actor.dossier_id == first
    refreshed = (await edge.refresh(tokens["refresh_token"])).json()
    assert refreshed["dossier_id"] == second


@pytest.mark.req("LOG-6", "R7")
async def test_r7_a_dossier_of_somebody_else_cannot_be_chosen(edge: Edge) -> None:
    mine, other = account_view(dossiers=2), account_view()
    edge.knows(mine)
    tokens = await edge.sign_in()

    answer = await edge.client.put(
        "/session/dossier",
        json={"dossier_id": other.dossiers[0].dossier_id},
        headers=headers(tokens["access_token"]),
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "access.dossier_unknown")
    assert (await edge.refresh(tokens["refresh_token"])).json()["dossier_id"] == tokens["dossier_id"]


@pytest.mark.req("LOG-6", "T6")
async def test_a_session_that_ended_chooses_nothing(edge: Edge) -> None:
    account = account_view(dossiers=2)
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.clock.advance(minutes=31)
    body = {"dossier_id": account.dossiers[1].dossier_id}

    answer = await edge.client.put("/session/dossier", json=body, headers=headers(tokens["access_token"]))

    assert answer.status_code == 401


BODIES: dict[type[Message], dict[str, object]] = {
    AddDossier: {"contract_number": "1", "certificate_number": "2", "birth_date": "1980-02-29"},
    AddProvider: {
        "profession": "dentist",
        "last_name": "Roy",
        "phone": "418 555-0110",
        "address": {"street": "1, rue A", "city": "Lévis", "province": "QC", "postal_code": "G6V 1A1"},
    },
    DeclareOtherCoverage: {
        "insurer": "Assurance Boréale",
        "person_ids": ["p-1"],
        "ours": {"held_as": "dependant"},
        "theirs": {"held_as": "member_full_time"},
        "effective_from": "2024-01-01",
    },
    CorrectClaim: {
        "expected_version": 2,
        "provider": {"name": "Clinique du Parc"},
        "lines": [{"service_date": "2026-05-04", "code": "PH-TRT", "amount_cents": 9_000}],
    },
    AddClaimDocuments: {"receipts": ["paper-1"]},
    VoidClaim: {},
    ChooseStatementDelivery: {"by_post": True},
}
"""What routes with a body are sent."""


@pytest.mark.req("LOG-6", "R7")
@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.who is Who.MEMBER and isinstance(row, Relay)], ids=lambda row: row.name
)
async def test_r7_every_member_route_asks_for_the_dossier_of_the_session_whatever_the_request_says(
    edge: Edge, row: Relay
) -> None:
    edge.rpc.replies[row.message] = NotFound("claims.claim_not_found")
    mine = edge.bearer(dossier_id="dossier-a")
    params = {"dossier_id": "dossier-b", "text": "metformin", "claim_type": "physiotherapy", "person_id": "p-1"}

    await edge.client.request(row.method, url(row), json=BODIES.get(row.message), params=params, headers=mine)

    assert [asked.actor.dossier_id for asked in edge.rpc.asked if asked.actor is not None] == ["dossier-a"]
    assert "dossier-b" not in repr([asked.message for asked in edge.rpc.asked])


@pytest.mark.req("COV-3")
@pytest.mark.parametrize("row", [row for row in TABLE if row.feature is not None], ids=lambda row: row.name)
async def test_a_route_is_closed_when_the_plan_lacks_its_feature(edge: Edge, row: Row) -> None:
    others = tuple(feature for feature in FEATURES if feature != row.feature)

    answer = await edge.client.request(row.method, url(row), headers=edge.bearer(features=others))

    assert (answer.status_code, problem_code(answer)) == (403, "access.feature_missing")
    assert (edge.rpc.asked, edge.publisher.published) == ([], [])


@pytest.mark.req("COV-3")
async def test_features_follow_the_dossier_that_is_chosen(edge: Edge) -> None:
    account = account_view(dossiers=1)
    poor = DossierView(dossier_id="poor", contract_number="9", certificate_number="9", features=("claims",))
    edge.knows(account.model_copy(update={"dossiers": (*account.dossiers, poor)}))
    tokens = await edge.sign_in()
    chosen = await edge.client.put(
        "/session/dossier", json={"dossier_id": "poor"}, headers=headers(tokens["access_token"])
    )

    answer = await edge.client.get("/payments", headers=headers(chosen.json()["access_token"]))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.feature_missing")


@pytest.mark.req("REG-7")
async def test_a_dossier_is_added_or_refused_in_one_way(edge: Edge) -> None:
    added = DossierView(dossier_id="dossier-b", contract_number="9", certificate_number="9")
    body = {"contract_number": "9", "certificate_number": "9", "birth_date": "1980-02-29"}
    edge.rpc.replies[AddDossier] = DossierAdded(dossier=added)
    answer = await edge.client.post("/dossiers", json=body, headers=edge.bearer())
    assert (answer.status_code, answer.json()["dossier"]["dossier_id"]) == (201, "dossier-b")

    edge.rpc.replies[AddDossier] = Rejected("identity.dossier_not_matched")
    answer = await edge.client.post("/dossiers", json=body, headers=edge.bearer() | {"accept-language": "en"})
    assert (answer.status_code, answer.json()["title"]) == (422, "Dossier not added")


async def test_an_account_that_was_closed_ends_the_session(edge: Edge) -> None:
    account = account_view(dossiers=2)
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.rpc.replies[GetAccount] = NotFound("identity.account_unknown")
    body = {"dossier_id": account.dossiers[1].dossier_id}

    answer = await edge.client.put("/session/dossier", json=body, headers=headers(tokens["access_token"]))

    assert (answer.status_code, answer.json()["code"]) == (401, "session.ended")
